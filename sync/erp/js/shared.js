// Shared by the scripts. `shown`: visible, and not positioned beyond the left or upper edge. `controls`: the
// page's DevExpress objects, visited one by one, since the collection's `elements` may not be readable; a visitor
// that returns true ends the loop. A control may be incomplete, so every access is guarded.
const shown = (element) => {
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  return box.width > 0 && box.height > 0 && box.right > 0 && box.bottom + scrollY > 0
    && style.visibility !== 'hidden' && style.opacity !== '0';
};
const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
const attempt = (get) => { try { return get(); } catch { return undefined; } };
const controls = [];
attempt(() => ASPxClientControl.GetControlCollection().ForEachControl((each) => { controls.push(each); }));
const controlOf = (id) => controls.find((each) => attempt(() => each.name) === id)
  || attempt(() => ASPxClientControl.GetControlCollection().GetByName(id))
  // Before the page's scripts have run, window[id] is the element itself.
  || (window[id] instanceof Element ? undefined : window[id]);
