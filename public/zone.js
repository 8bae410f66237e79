// Gives each time of a page the same moment in the viewer's zone, which only the browser knows, as an attribute: the style sheet shows it
// before the UTC that stands there (style/zone.css). Pages need it for nothing else, and whatever changes them later is followed.
(() => {
  const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  // Each knows by letters the zones of its own people, and writes others as GMT+9.
  const NAMES = ["en-GB", "en-US"].map((locale) => new Intl.DateTimeFormat(locale, { timeZoneName: "short" }));
  const LONGEST_NAME = 9;

  const two = (number) => String(number).padStart(2, "0");

  function zone(at) {
    const named = NAMES.map((name) => name.formatToParts(at).find(({ type }) => type === "timeZoneName").value);
    const best = named.find((name) => /^[A-Z]+$/.test(name)) ?? named[0];
    return best.length <= LONGEST_NAME ? ` ${best}` : "";
  }

  // As long as the text beside it: the date only where it is another one there.
  function local(at, text) {
    const sameDay = at.getDate() === at.getUTCDate();
    const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} `;
    const day = sameDay ? "" : `${DAYS[at.getDay()]} ${/\d-\d/.test(text) ? date : ""}`;
    return `${day}${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}${zone(at)}`;
  }

  function show(time) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime()) || at.getTimezoneOffset() === 0) {
      delete time.dataset.local;
      return;
    }
    const text = time.textContent;
    time.dataset.local = local(at, text);
    // Beside another zone UTC is said, once.
    time.dataset.utc = text.endsWith("UTC") ? "" : " UTC";
  }

  const within = (node) => {
    if (node.nodeType !== Node.ELEMENT_NODE) return [];
    return node.matches("time[datetime]") ? [node] : node.querySelectorAll("time[datetime]");
  };

  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") show(target);
      else for (const node of addedNodes) within(node).forEach(show);
    }
  }).observe(document, { subtree: true, childList: true, attributeFilter: ["datetime"] });
  within(document.documentElement).forEach(show);
})();
