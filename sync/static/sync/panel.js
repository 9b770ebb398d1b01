// Tells when the server does not answer, and takes it back when it does: htmx goes on asking by itself.
document.addEventListener("DOMContentLoaded", () => {
  const note = document.getElementById("sync-offline");
  const show = (isOffline) => () => { note.hidden = !isOffline; };
  document.body.addEventListener("htmx:sendError", show(true));
  document.body.addEventListener("htmx:responseError", show(true));
  document.body.addEventListener("htmx:afterOnLoad", show(false));
});
