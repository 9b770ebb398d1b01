(function () {
  "use strict";
  var form = document.getElementById("form1");
  var menuId = "Vertical_mainMenu_Menu";
  var controls = {};

  function byId(id) { return document.getElementById(id); }
  function show(element, shown) { if (element) { element.style.display = shown ? "" : "none"; } }
  function shown(element) { return element.style.display !== "none"; }

  // --- client objects -------------------------------------------------------------------------------
  function ClientControl(name, panelId) {
    this.name = name; this.panelId = panelId; this.running = 0; controls[name] = this;
  }
  ClientControl.prototype.InCallback = function () { return this.running > 0; };
  ClientControl.prototype.GetName = function () { return this.name; };
  ClientControl.prototype.begin = function () { this.running++; show(byId(this.panelId), true); };
  ClientControl.prototype.end = function () { this.running--; show(byId(this.panelId), false); };

  var collection = {
    elements: controls,
    GetByName: function (name) { return controls[name] || null; },
    ForEachControl: function (visit) { Object.keys(controls).forEach(function (n) { visit(controls[n]); }); }
  };
  window.ASPxClientControl = { GetControlCollection: function () { return collection; } };
  window.ASPx = { GetControlCollection: function () { return collection; } };
  window.globalCallbackControl = new ClientControl("globalCallbackControl", "Vertical_LPV");
  if (xafPage.grid) { window[xafPage.grid] = new ClientControl(xafPage.grid, xafPage.grid + "_LPV"); }

  // --- callbacks ------------------------------------------------------------------------------------
  function callback(control, target, parameter, done) {
    var body = new URLSearchParams(new FormData(form));
    body.set("__CALLBACKID", target);
    body.set("__CALLBACKPARAM", parameter);
    var request = new XMLHttpRequest();
    control.begin();
    request.open("POST", location.href);
    request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    request.onload = function () { control.end(); answered(request, done); };
    request.onerror = function () { control.end(); showError("Callback request failed."); };
    request.send(body.toString());
  }

  function answered(request, done) {
    var match = /^\d*\|?\/\*DX\*\/\(([\s\S]*)\)$/.exec(request.responseText);
    if (!match) { location.href = request.responseURL || location.href; return; }
    var answer = JSON.parse(match[1]);
    if (answer.redirect) { location.href = answer.redirect; return; }
    if (answer.generalError) { showError(answer.generalError); return; }
    showError("");
    Object.keys(answer.html || {}).forEach(function (id) { if (byId(id)) { byId(id).innerHTML = answer.html[id]; } });
    Object.keys(answer.values || {}).forEach(function (id) { if (byId(id)) { byId(id).value = answer.values[id]; } });
    if (done) { done(answer); }
  }

  function showError(text) {
    var box = byId("Vertical_ErrorInfo");
    box.textContent = "";
    if (!text) { return; }
    var message = document.createElement("span");
    message.className = "ErrorMessage";
    message.textContent = text;
    box.appendChild(message);
  }

  function postBack(target, argument) {
    form.__EVENTTARGET.value = target;
    form.__EVENTARGUMENT.value = argument;
    form.submit();
  }

  window.RaiseXafCallback = function (control, target, argument, confirmation, usePostBack) {
    if (usePostBack && !xafPage.asksBeforeExport) { postBack(target, argument); return; }
    callback(control, target, "c0:" + argument, function (answer) {
      if (answer.postBack) { postBack(target, argument); }
    });
  };

  // --- toolbar --------------------------------------------------------------------------------------
  // Decided once, at load: a resize later moves nothing back.
  function moveToOverflow() {
    var items = Array.prototype.slice.call(document.querySelectorAll("#" + menuId + " > ul > li.dxm-item"));
    var opener = items.pop();
    var gutter = document.querySelector('div[id^="' + menuId + '_DXM"] > ul');
    items.slice(3).forEach(function (item) {
      var parts = [item, item.nextSibling, item.nextSibling.nextSibling];
      parts.forEach(function (part) { gutter.appendChild(part); });
      var combo = item.querySelector("table[data-callback]");
      if (combo) {
        combo.removeAttribute("data-callback");
        byId(combo.id + "_I").value = "Loading…";
        byId(combo.id + "_DDD_PW-1").remove();
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
  function dropDownOf(combo) { return byId(combo.id + "_DDD_PW-1"); }
  function closeDropDowns(except) {
    document.querySelectorAll(".dxpcDropDown_XafTheme").forEach(function (each) {
      if (each !== except) { show(each, false); }
    });
  }
  function choose(cell) {
    var name = cell.closest(".dxpcDropDown_XafTheme").id.replace(/_DDD_PW-1$/, "");
    var combo = byId(name);
    closeDropDowns();
    if (!combo.dataset.callback) { byId(name + "_I").value = cell.textContent; return; }
    byId(name + "_VI").value = cell.dataset.value;
    callback(globalCallbackControl, "Vertical$mainMenu", "c0:" + combo.dataset.callback + ":" + cell.dataset.value);
  }

  // --- one listener for all -------------------------------------------------------------------------
  document.addEventListener("click", function (event) {
    var item = itemOf(event);
    if (item) { clickedItem(item); return; }
    var cell = event.target.closest("td.dxeListBoxItem_XafTheme");
    if (cell) { choose(cell); return; }
    var combo = event.target.closest("table.dxeButtonEdit_XafTheme");
    if (combo) {
      var dropDown = dropDownOf(combo);
      closeDropDowns(dropDown);
      if (dropDown) { show(dropDown, !shown(dropDown)); }
      return;
    }
    closeDropDowns();
    var sizes = event.target.closest('[id$="_DXPagerBottom_PSB"]');
    if (sizes) { var list = byId(sizes.id.replace(/PSB$/, "PSP")); show(list, !shown(list)); return; }
    var pager = event.target.closest("a[data-pager]");
    if (pager) {
      callback(window[xafPage.grid], xafPage.grid.replace(/_/g, "$"),
        "c0:GB|20;12|PAGERONCLICK" + pager.dataset.pager.length + "|" + pager.dataset.pager + ";");
      return;
    }
    var row = event.target.closest("tr.dxgvDataRow_XafTheme");
    if (row) { location.href = "/Archibald/CUSTTABLE_DetailView/" + row.dataset.key + "/?mode=View"; }
  });

  if (xafPage.path) { history.replaceState(null, "", xafPage.path); }
  if (xafPage.hasMenu && (xafPage.overflow || innerWidth < 1440 || innerHeight < 900)) { moveToOverflow(); }
  if (xafPage.panelStuck) { globalCallbackControl.begin(); }
})();
