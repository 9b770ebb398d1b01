(function () {
  "use strict";
  var byId = xafClient.byId, show = xafClient.show;
  var menuId = "Vertical_mainMenu_Menu";
  var combos = {};
  new xafClient.Control(menuId);

  function shown(element) { return element.style.display !== "none"; }

  // --- toolbar --------------------------------------------------------------------------------------
  // Decided at load: resizing the window later has no effect.
  var overflows = xafPage.hasMenu && (xafPage.overflow || innerWidth < 1440 || innerHeight < 900);
  function moveToOverflow() {
    var items = Array.prototype.slice.call(document.querySelectorAll("#" + menuId + " > ul > li.dxm-item"));
    var gutter = document.querySelector('div[id^="' + menuId + '_DXM"] > ul');
    var opener = items.pop();
    if (!gutter || !opener) { return; }
    items.slice(3).forEach(function (item) {
      var parts = [item, item.nextSibling, item.nextSibling.nextSibling];
      parts.forEach(function (part) { gutter.appendChild(part); });
      var combo = item.querySelector('table.dxeButtonEdit_XafTheme:not([id$="_a0_Cb"])');
      if (combo) {
        byId(combo.id + "_I").value = "Loading…";
        delete combos[combo.id];
      }
    });
    show(opener, true);
  }

  var pressed = null, released = null;
  function itemOf(event) { return event.target.closest && event.target.closest("a[data-action]"); }
  document.addEventListener("mousedown", function (event) { pressed = itemOf(event); released = null; });
  document.addEventListener("mouseup", function (event) { released = itemOf(event); });

  function clickedItem(item) {
    var whole = pressed === item && released === item;
    pressed = released = null;
    if (item.getAttribute("aria-disabled") === "true") { return; }
    var index = /_DXI(\d+)_T$/.exec(item.id)[1];
    var action = item.dataset.action;
    if (action === "hidden-items") {
      var popup = document.querySelector('div[id^="' + menuId + '_DXM"]');
      show(popup, !shown(popup));
    } else if (action === "export") {
      if (xafPage.fullClicksOnly && !whole) { return; }
      if (xafPage.clicksIgnored > 0) { xafPage.clicksIgnored--; return; }
      RaiseXafCallback(globalCallbackControl, "Vertical$mainMenu", index, "", true);
    } else {
      RaiseXafCallback(globalCallbackControl, "Vertical$mainMenu", index, "", false);
    }
  }

  // --- combos ---------------------------------------------------------------------------------------
  // A combo's list is created when it is first opened, and again after the toolbar was redrawn.
  function dropDownOf(combo) { return byId(combo.id + "_DDD_PW-1"); }
  function listOf(name) { return byId(name + "_DDD_L"); }
  function forgetLists() {
    Object.keys(combos).forEach(function (name) {
      combos[name].asked = false;
      if (listOf(name)) { listOf(name).textContent = ""; }
    });
  }
  function closeDropDowns(except) {
    document.querySelectorAll(".dxpcDropDown_XafTheme").forEach(function (each) {
      if (each !== except) { show(each, false); }
    });
  }
  function addRow(body, id, text, value, css) {
    var row = body.insertRow();
    row.className = "dxeListBoxItemRow_XafTheme";
    var cell = row.insertCell();
    cell.className = "dxeListBoxItem_XafTheme" + css;
    cell.id = id + "T0";
    cell.textContent = text;
    cell.dataset.value = value;
    return row;
  }
  function makeList(name) {
    var known = combos[name], list = listOf(name);
    if (!known || !known.asked || !list || list.rows.length) { return; }
    var value = byId(name + "_VI").value, body = list.createTBody();
    var placeholder = addRow(body, name + "_DDD_L_LBI-1", "\u00a0", "", "");
    placeholder.id = name + "_DDD_L_LBI-1";
    show(placeholder, false);
    known.options.forEach(function (option, index) {
      var css = option[0] === value ? " dxeListBoxItemSelected_XafTheme" : "";
      addRow(body, name + "_DDD_L_LBI" + index, option[1], option[0], css);
    });
    xafClient.trim();
  }
  function toggle(combo) {
    var dropDown = dropDownOf(combo), known = combos[combo.id];
    closeDropDowns(dropDown);
    if (!dropDown || !known) { return; }
    show(dropDown, !shown(dropDown));
    if (!known.asked) {
      known.asked = true;
      setTimeout(function () { makeList(combo.id); }, xafPage.listDelay * 1000);
    }
  }
  function choose(cell) {
    var name = cell.closest(".dxpcDropDown_XafTheme").id.replace(/_DDD_PW-1$/, "");
    closeDropDowns();
    byId(name + "_VI").value = cell.dataset.value;
    byId(name + "_I").value = cell.textContent;
    xafClient.callback(globalCallbackControl, "Vertical$mainMenu", "c0:" + combos[name].item + ":" + cell.dataset.value);
  }

  document.addEventListener("click", function (event) {
    var item = itemOf(event);
    if (item) { clickedItem(item); return; }
    var cell = event.target.closest("td.dxeListBoxItem_XafTheme");
    if (cell) { choose(cell); return; }
    var combo = event.target.closest('table.dxeButtonEdit_XafTheme[id^="' + menuId + '"]');
    if (combo) { toggle(combo); } else { closeDropDowns(); }
  });

  // --- redrawn by a callback ------------------------------------------------------------------------
  xafPage.drawn = function (answer) {
    if ("grid" in answer) { xafClient.takeGrid(answer.grid); }
    if (answer.combos) { combos = answer.combos; }
    forgetLists();
    if (answer.menu && overflows) { moveToOverflow(); }
  };

  combos = xafPage.combos || {};
  if (xafPage.path) { history.replaceState(null, "", xafPage.path); }
  if (overflows) { moveToOverflow(); }
  if (xafPage.panelStuck) { globalCallbackControl.begin(); }
})();
