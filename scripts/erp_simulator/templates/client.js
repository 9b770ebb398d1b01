(function () {
  "use strict";
  var form = document.forms[0];
  var controls = {};

  function byId(id) { return document.getElementById(id); }
  function show(element, shown) { if (element) { element.style.display = shown ? "" : "none"; } }

  // --- elements that a switch removes or doubles: at load, and again after each redraw --------------
  var twin = null;
  function trim() {
    if (xafPage.twice && !(twin && twin.isConnected)) {
      var first = document.querySelector(xafPage.twice);
      if (first) { twin = first.cloneNode(true); first.after(twin); }
    }
    if (xafPage.without) {
      document.querySelectorAll(xafPage.without).forEach(function (element) { element.remove(); });
    }
  }
  trim();

  // --- client objects -------------------------------------------------------------------------------
  function ClientControl(name) { this.name = name; this.running = 0; controls[name] = this; }
  ClientControl.prototype.InCallback = function () { return this.running > 0; };
  ClientControl.prototype.GetName = function () { return this.name; };
  ClientControl.prototype.GetMainElement = function () { return byId(this.name); };
  ClientControl.prototype.showPanel = function () {};
  ClientControl.prototype.begin = function () { this.running++; this.showPanel(true); };
  ClientControl.prototype.end = function () { this.running--; this.showPanel(false); };

  // Like DevExpress: the loop ends with the first control for which the visitor returns true.
  var collection = {
    Get: function (name) { return controls[name] || null; },
    GetByName: function (name) { return controls[name] || null; },
    ForEachControl: function (visit, context) {
      for (var name in controls) {
        if (visit.call(context || this, controls[name])) { return; }
      }
    }
  };
  window.ASPxClientControl = { GetControlCollection: function () { return collection; } };
  window.ASPx = { GetControlCollection: function () { return collection; } };

  var covers = 0;
  function cover(covered) {
    covers += covered ? 1 : -1;
    show(byId("ctl01"), covers > 0);
    show(byId("ctl01_LD"), covers > 0);
  }
  // Mouse events are blocked while the cover is shown.
  ["mousedown", "mouseup", "click"].forEach(function (type) {
    document.addEventListener(type, function (event) {
      if (covers > 0) { event.stopImmediatePropagation(); event.preventDefault(); }
    }, true);
  });
  window.globalCallbackControl = new ClientControl("globalCallbackControl");
  globalCallbackControl.showPanel = cover;

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
    if (xafPage.drawn) { xafPage.drawn(answer); }
    trim();
    if (answer.navigateAfter) {
      setTimeout(function () { location.href = location.pathname; }, answer.navigateAfter * 1000);
    }
    if (done) { done(answer); }
  }

  function showError(text) {
    var box = byId("Vertical_ErrorInfo");
    if (!box) { return; }
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

  // --- keep-alive and late loading panel ------------------------------------------------------------
  if (xafPage.keepAliveEvery > 0) {
    setInterval(function () {
      var request = new XMLHttpRequest();
      request.open("POST", "/Archibald/" + xafPage.keepAlive);
      request.send();
    }, xafPage.keepAliveEvery * 1000);
  }
  if (xafPage.panelFor > 0) {
    window.addEventListener("load", function () {
      setTimeout(function () {
        cover(true);
        setTimeout(function () { cover(false); }, xafPage.panelFor * 1000);
      }, xafPage.panelLate * 1000);
    });
  }

  window.xafClient = {
    byId: byId, show: show, trim: trim, controls: controls, Control: ClientControl, callback: callback
  };
})();
