// Shared by the scripts. `shown`: visible, and not positioned beyond the left or upper edge. `controls`: the
// page's DevExpress objects, visited one by one, since the collection's `elements` may not be readable; a visitor
// that returns true ends the loop. A control may be incomplete, so every access is guarded.
const shown = (element) => {
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  return box.width > 0 && box.height > 0 && box.right > 0 && box.bottom + scrollY > 0
    && style.visibility !== 'hidden' && style.opacity !== '0';
};
// Whether nothing is over the middle of an element in the window, where a click goes. The mouse stays where it is:
// moving it there would take two frames of the page, and the click moves it anyway.
const free = (element) => {
  const box = [...element.getClientRects()].find(({ width, height }) => width * height > 0);
  return Boolean(box) && element.contains(
    document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
};
const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
const attempt = (get) => { try { return get(); } catch { return undefined; } };
const controls = [];
attempt(() => ASPxClientControl.GetControlCollection().ForEachControl((each) => { controls.push(each); }));
const controlOf = (id) => controls.find((each) => attempt(() => each.name) === id)
  || attempt(() => ASPxClientControl.GetControlCollection().GetByName(id))
  // Before the page's scripts have run, window[id] is the element itself.
  || (window[id] instanceof Element ? undefined : window[id]);
