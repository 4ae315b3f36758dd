"""What the checks of `browser` ask the page itself, in its own language."""

WIDE = """() => {
  // A region that scrolls sideways excuses what it holds only if the keyboard can reach and so scroll it.
  const scrolls = (e) => ['auto', 'scroll'].includes(getComputedStyle(e).overflowX) && e.tabIndex >= 0;
  const excused = (e) => {
    for (let up = e.parentElement; up; up = up.parentElement) {
      if (scrolls(up) || up.matches('svg, .hidden') || getComputedStyle(up).clipPath !== 'none') return true;
    }
    return false;
  };
  const wide = [...document.querySelectorAll('body *')].filter((e) => {
    if (e.matches('.hidden') || !e.checkVisibility() || !e.getClientRects().length) return false;
    const late = e.getBoundingClientRect().right > innerWidth + 1;
    const cut = e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'visible'
      && getComputedStyle(e).display !== 'inline' && !scrolls(e) && !(e instanceof SVGElement)
      && getComputedStyle(e).clipPath === 'none';
    return (late || cut) && !excused(e);
  });
  // Only the outermost is named, not all that it holds.
  return wide.filter((e) => !wide.includes(e.parentElement)).map((e) =>
    `${e.tagName.toLowerCase()}.${e.className}: ${Math.round(e.scrollWidth)} px wide, reaches `
    + `${Math.round(e.getBoundingClientRect().right)} of ${innerWidth}: ${e.textContent.slice(0, 40)}`);
}"""

SIDEWAYS = """(what) => [...document.querySelectorAll(what)]
  .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
  .map((e) => `${e.closest('[id]')?.id}: ${e.scrollWidth} px in ${e.clientWidth} px: ${e.ariaLabel ?? ''}`)"""

TEXTS = """(smallest) => [...document.querySelectorAll('svg')].filter((s) => s.checkVisibility()).flatMap((svg) => {
  const found = [], frame = svg.getBoundingClientRect(), name = svg.closest('[id]')?.id;
  // A text of several lines is several boxes: the box round them all would cover what stands beside a short line.
  const range = document.createRange();
  const boxes = [...svg.querySelectorAll('text')].flatMap((e) => {
    const nodes = document.createTreeWalker(e, NodeFilter.SHOW_TEXT), made = [];
    while (nodes.nextNode()) {
      const words = nodes.currentNode.textContent.trim();
      range.selectNodeContents(nodes.currentNode);
      const up = nodes.currentNode.parentElement, m = up.getScreenCTM();
      const size = parseFloat(getComputedStyle(up).fontSize) * Math.hypot(m.c, m.d);
      if (words) made.push([words, range.getBoundingClientRect(), size]);
    }
    return made;
  });
  boxes.forEach(([words, box, size], place) => {
    if (size < smallest) found.push(`${name}: text of ${size.toFixed(1)} px: ${words}`);
    const across = Math.max(frame.left - box.left, box.right - frame.right);
    const out = Math.max(across, frame.top - box.top, box.bottom - frame.bottom);
    if (out > 1.5) found.push(`${name}: cut by ${out.toFixed(1)} px: ${words}`);
    for (const [other, its] of boxes.slice(place + 1)) {
      const wide = Math.min(box.right, its.right) - Math.max(box.left, its.left);
      const high = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
      // A letter's box is higher than its ink, so boxes of neighbouring lines may touch.
      const most = 0.25 * Math.min(Math.max(box.height, 1), Math.max(its.height, 1));
      if (wide > 1.5 && high > Math.max(1.5, most)) found.push(`${name}: overlap: ${words} / ${other}`);
    }
  });
  return found;
})"""

FOCUSABLE = """() => {
  const folds = [...document.querySelectorAll('details')], open = folds.map((d) => d.open);
  const over = (e) => ['auto', 'scroll'].includes(getComputedStyle(e).overflowX);
  const wide = (e) => e.scrollWidth > e.clientWidth + 1 && over(e);
  const stops = (e) => (wide(e) || (e.matches(can) && !e.matches('.scroll, pre'))) && e.checkVisibility();
  folds.forEach((d) => { d.open = true; });
  const can = 'a[href], summary, input, button, select, textarea, [tabindex]';
  window.stops = [...document.querySelectorAll('body *')].filter(stops);
  folds.forEach((d, n) => { d.open = open[n]; });
  return window.stops.map((e) => [e.matches('[open] > summary') ? 'OPEN' : e.tagName, e.outerHTML.slice(0, 80)]);
}"""

LOG_FOCUS = """() => {
  window.reached = [];
  document.addEventListener('focusin', ({ target }) => {
    const look = getComputedStyle(target);
    const ring = look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0;
    const shown = ring || look.boxShadow !== 'none';
    window.reached.push([target.outerHTML.slice(0, 80), window.stops.indexOf(target), shown]);
  });
}"""


REST = """() => {
  const boxes = [...document.querySelectorAll('#search, .narrow')].map((e) => e.innerText);
  const left = (line) => line.trim() && !boxes.some((text) => text.includes(line));
  return [...[...document.links].map((e) => e.href), ...document.body.innerText.split('\\n').filter(left)];
}"""
