// Runs inside of `(html, call) => { … }`, after shared.js: calls one method of the grid's client object.
controlOf(call.grid)[call.method](...call.values);
