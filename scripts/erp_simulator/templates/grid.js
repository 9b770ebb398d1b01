(function () {
  "use strict";
  var byId = xafClient.byId, show = xafClient.show;
  var SEARCH = "Vertical_SearchAC_Menu_ITCNT0_xaf_a1_Ed";

  function command(name, args) {
    var parts = [name].concat(args).map(function (part) { return String(part).length + "|" + part; }).join("");
    return "c0:GB|" + parts.length + ";" + parts + ";";
  }

  // --- the grid's client object ---------------------------------------------------------------------
  function ClientGrid(state) {
    xafClient.Control.call(this, state.name);
    this.take(state);
    window[this.name] = this;
  }
  ClientGrid.prototype = Object.create(xafClient.Control.prototype);
  ClientGrid.prototype.take = function (state) {
    this.pageIndex = state.pageIndex;
    this.pageCount = state.pageCount;
    this.pageRowCount = state.pageRowCount;
    this.pageRowSize = state.pageRowSize;
    this.visibleStartIndex = state.pageIndex * state.pageRowSize;
    this.columns = ["", ""].concat(state.fields).map(function (field, index) {
      return { index: index, fieldName: field, visible: true };
    });
  };
  ClientGrid.prototype.showPanel = function (shown) { show(byId(this.name + "_LPV"), shown); };
  ClientGrid.prototype.gridCallBack = function (name, args) {
    xafClient.callback(this, this.name.replace(/_/g, "$"), command(name, args || []));
  };
  ClientGrid.prototype.GetPageIndex = function () { return this.pageIndex; };
  ClientGrid.prototype.GetPageCount = function () { return this.pageCount; };
  ClientGrid.prototype.GetVisibleRowsOnPage = function () { return this.pageRowCount; };
  ClientGrid.prototype.GetTopVisibleIndex = function () { return this.visibleStartIndex; };
  ClientGrid.prototype.GetColumnsCount = function () { return this.columns.length; };
  ClientGrid.prototype.GetColumn = function (index) { return this.columns[index] || null; };
  ClientGrid.prototype.GetColumnByField = function (field) {
    return this.columns.filter(function (column) { return field && column.fieldName === field; })[0] || null;
  };
  ClientGrid.prototype.GotoPage = function (index) { this.gridCallBack("PAGERONCLICK", ["PN" + index]); };
  ClientGrid.prototype.NextPage = function () { if (this.pageIndex + 1 < this.pageCount) { this.GotoPage(this.pageIndex + 1); } };
  ClientGrid.prototype.PrevPage = function () { if (this.pageIndex > 0) { this.GotoPage(this.pageIndex - 1); } };
  ClientGrid.prototype.Refresh = function () { this.gridCallBack("REFRESH"); };
  ClientGrid.prototype.ClearFilter = function () { this.gridCallBack("CLEARFILTER"); };
  ClientGrid.prototype.ApplyFilter = function (expression) { this.gridCallBack("APPLYFILTER", [expression || ""]); };
  ClientGrid.prototype.AutoFilterByColumn = function (column, value) {
    if (typeof column === "string") { column = this.GetColumnByField(column); }
    var index = typeof column === "number" ? column : column && column.index;
    if (index === null || index === undefined) { return; }
    this.gridCallBack("APPLYCOLUMNFILTER", [index, value === null || value === undefined ? "" : value]);
  };

  var grid = null;
  function take(state) {
    if (grid && (!state || state.name !== grid.name)) {
      delete xafClient.controls[grid.name];
      delete window[grid.name];
      grid = null;
    }
    if (!state) { return; }
    if (grid) { grid.take(state); } else { grid = new ClientGrid(state); }
  }
  take(xafPage.grid);

  // --- the search box -------------------------------------------------------------------------------
  var nullText = "";
  function field() { return byId(SEARCH + "_I"); }
  function search(text) {
    if (grid) { grid.gridCallBack("APPLYSEARCHPANELFILTER", [text]); }
  }
  function showNullText(input, shown) {
    if (shown && input.value === "") { input.value = nullText; input.classList.add("dxh0"); }
    if (!shown && input.classList.contains("dxh0")) { input.value = ""; input.classList.remove("dxh0"); }
  }
  if (field()) {
    var box = new xafClient.Control(SEARCH);
    box.GetText = box.GetValue = function () { return field().classList.contains("dxh0") ? null : field().value; };
    box.SetText = box.SetValue = function (text) {
      showNullText(field(), false);
      field().value = text || "";
      showNullText(field(), document.activeElement !== field());
    };
  }
  nullText = xafPage.searchNullText || "";
  document.addEventListener("focusin", function (event) {
    if (event.target === field()) { showNullText(event.target, false); }
  });
  document.addEventListener("focusout", function (event) {
    if (event.target === field()) { showNullText(event.target, true); }
  });
  document.addEventListener("input", function (event) {
    if (event.target !== field()) { return; }
    // Filled by a script without focus: the new value is not the null text.
    if (event.target.value !== nullText) { event.target.classList.remove("dxh0"); }
    show(byId(SEARCH + "_B-100"), event.target.value !== "");
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter") { return; }
    if (event.target === field()) { event.preventDefault(); search(event.target.value); return; }
    var editor = /_DXFREditorcol(\d+)_I$/.exec(event.target.id || "");
    if (editor && grid) { event.preventDefault(); grid.AutoFilterByColumn(Number(editor[1]), event.target.value); }
  });

  // --- clicks ---------------------------------------------------------------------------------------
  document.addEventListener("click", function (event) {
    if (event.target.closest('[id="' + SEARCH + '_B-100"]')) { search(""); return; }
    if (event.target.closest('[id="' + SEARCH + '_B0"]')) { showNullText(field(), false); search(field().value); return; }
    if (!grid || grid.InCallback()) { return; }
    if (event.target.closest("a[data-clear]")) { grid.ClearFilter(); return; }
    var sizes = event.target.closest('[id$="_DXPagerBottom_PSB"]');
    if (sizes) {
      var list = byId(sizes.id.replace(/PSB$/, "PSP"));
      show(list, list.style.display === "none");
      return;
    }
    var pager = event.target.closest("a[data-pager]");
    if (pager) { grid.gridCallBack("PAGERONCLICK", [pager.dataset.pager]); return; }
    var row = event.target.closest("tr.dxgvDataRow_XafTheme");
    if (row) { location.href = "/Archibald/CUSTTABLE_DetailView/" + row.dataset.key + "/?mode=View"; }
  });

  xafClient.takeGrid = take;
})();
