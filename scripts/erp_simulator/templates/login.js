(function () {
  "use strict";
  var form = document.getElementById("form2");
  var button = document.getElementById("Logon_PopupActions_Menu_DXI0_T");
  document.getElementById("XafClientCulture").value = navigator.language;

  var menu = new xafClient.Control("Logon_PopupActions_Menu");
  menu.FocusItemByIndexPath = function (path) {
    var item = document.getElementById("Logon_PopupActions_Menu_DXI" + path + "_T");
    if (item) { item.focus(); }
  };

  function logIn() {
    if (xafPage.pressesIgnored > 0) { xafPage.pressesIgnored--; return; }
    RaiseXafCallback(globalCallbackControl, "Logon$PopupActions", "0", "", false);
  }
  // The clone of a doubled button has the same id and must work too.
  document.addEventListener("click", function (event) {
    if (event.target.closest("#Logon_PopupActions_Menu_DXI0_T")) { logIn(); }
  });
  form.addEventListener("keydown", function (event) {
    var onButton = event.target === button;
    if (event.key === "Enter" || (event.key === " " && onButton)) { event.preventDefault(); logIn(); }
  });
  // When the animation of the card has ended, the button gets the focus.
  window.addEventListener("load", function () {
    setTimeout(function () { menu.FocusItemByIndexPath("0"); }, xafPage.focusAfter * 1000);
  });
})();
