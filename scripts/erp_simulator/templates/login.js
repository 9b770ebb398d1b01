(function () {
  "use strict";
  var form = document.getElementById("form2");
  document.getElementById("XafClientCulture").value = navigator.language;

  function logIn() {
    form.__EVENTTARGET.value = "Logon$PopupActions";
    form.__EVENTARGUMENT.value = "0";
    form.submit();
  }
  document.getElementById("Logon_PopupActions_Menu_DXI0_T").addEventListener("click", logIn);
  form.addEventListener("keydown", function (event) {
    if (event.key === "Enter") { event.preventDefault(); logIn(); }
  });
})();
