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

# A line of data is an open path that is stroked, not filled and not level or upright as grids, axes and whiskers are;
# a gap in its data starts a new piece of it. Its marks are the small shapes of its colour centred on its points.
LINES = """() => [...document.querySelectorAll('svg')].filter((s) => s.checkVisibility()).map((svg) => {
  const none = (value) => value === 'none' || value === 'transparent' || value === 'rgba(0, 0, 0, 0)';
  const way = (e) => e.getAttribute('d') ?? e.getAttribute('points') ?? '';
  const numbers = (text) => text.match(/-?[0-9.]+(e-?[0-9]+)?/g)?.map(Number) ?? [];
  const pairs = (text) => numbers(text).reduce((all, n, i, list) => (i % 2 ? [...all, [list[i - 1], n]] : all), []);
  const points = (e) => pairs(way(e));
  const lines = [...svg.querySelectorAll('path, polyline')].filter((e) => {
    const look = getComputedStyle(e);
    const level = (piece) => piece.every((p) => p[0] === piece[0][0]) || piece.every((p) => p[1] === piece[0][1]);
    // What is thinner than a pixel leads from a line to its name.
    const data = parseFloat(look.strokeWidth) >= 1;
    return data && none(look.fill) && !none(look.stroke) && !e.closest('defs') && !/[zZ]/.test(way(e))
      && way(e).split(/M/i).some((piece) => !level(pairs(piece)));
  });
  const middle = (e) => {
    if (e.tagName === 'use') return [e.x.baseVal.value, e.y.baseVal.value];
    const box = e.getBBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  const small = (e) => e.tagName === 'use' || (e.getBBox().width < 15 && e.getBBox().height < 15);
  const shape = (e) => {
    if (e.tagName === 'use') return way(svg.querySelector(e.getAttribute('href') ?? e.getAttribute('xlink:href')));
    const [x, y] = middle(e);
    return e.tagName + points(e).map(([a, b]) => [(a - x).toFixed(1), (b - y).toFixed(1)]).join(' ');
  };
  const marks = [...svg.querySelectorAll('use, circle, rect, polygon, path')]
    .filter((e) => !e.closest('defs') && small(e));
  return [svg.closest('[id]')?.id ?? 'chart', lines.map((line) => {
    const at = points(line), look = getComputedStyle(line);
    const on = marks.filter((m) => at.some(([x, y]) => Math.hypot(x - middle(m)[0], y - middle(m)[1]) < 0.5)
      && [getComputedStyle(m).fill, getComputedStyle(m).stroke].includes(look.stroke));
    const kinds = on.map((m) => shape(m) + (none(getComputedStyle(m).fill) ? ' hollow' : ''));
    const box = line.getBBox();
    return [look.strokeDasharray, [...new Set(kinds)].sort(), look.stroke,
      [box.x, box.y, box.x + box.width, box.y + box.height]];
  })];
}).filter(([, lines]) => lines.length > 1)"""

REST = """() => {
  const boxes = [...document.querySelectorAll('#search, .narrow')].map((e) => e.innerText);
  const left = (line) => line.trim() && !boxes.some((text) => text.includes(line));
  return [...[...document.links].map((e) => e.href), ...document.body.innerText.split('\\n').filter(left)];
}"""
