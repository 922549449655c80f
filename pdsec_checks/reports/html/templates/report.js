"use strict";
// Filters the checks. Everything is in the page without it; the state lives behind the "#".
(() => {
  const form = document.getElementById("filter");
  const output = document.getElementById("shown");
  const active = document.getElementById("active");
  const facets = document.getElementById("facets");
  const nothing = document.getElementById("nothing");
  const unfold = document.getElementById("unfold");
  const OPEN_UP_TO = 25;
  const UNFOLD = unfold.textContent;
  const WAIT = 150;
  const count = new Intl.NumberFormat("en");

  const controls = [...document.querySelectorAll(".control")].map((element) => ({
    element,
    severity: element.dataset.severity,
    status: element.dataset.status,
    topic: element.closest(".topic").dataset.topic,
    frameworks: element.dataset.frameworks.split(" "),
    heading: [...element.querySelectorAll("h4, .mapping .rid")]
      .map((each) => each.textContent.toLowerCase())
      .join(" "),
    name: element.querySelector("h4 .name").textContent,
    groups: [...element.querySelectorAll(".group")].map((group) => ({
      element: group,
      status: group.dataset.status,
      total: Number(group.dataset.count),
      wasOpen: group.open,
      label: group.querySelector(".count"),
      rows: null,
      narrowed: false,
    })),
  }));
  const topics = [...document.querySelectorAll(".topic")];
  const sum = (list, of) => list.reduce((total, each) => total + of(each), 0);
  const total = sum(controls, (control) => sum(control.groups, (group) => group.total));

  // What a reader can choose: several values of the first, one of the others.
  const SEVERAL = ["status", "severity", "novelty"];
  const OF_ROWS = ["team", "service", "person"];
  const ONE = ["topic", "framework", ...OF_ROWS].filter((name) => form.elements[name]);
  const isRanked = document.querySelector("[data-rank]") !== null;
  const SORTS = ["severity", "name", ...(isRanked ? ["rank"] : [])];

  // Rows are only looked at when somebody asks for some of them: there may be thousands.
  const rowsOf = (group) => {
    group.rows ??= [...group.element.querySelector("tbody, ul").children].map((element, place) => ({
      element,
      place,
      text: null,
      novelty: element.dataset.novelty,
      of: Object.fromEntries(OF_ROWS.map((name) => [name, element.dataset[name]?.split(" ") ?? []])),
    }));
    return group.rows;
  };
  // What a fix says is no part of a check: who looks for "role" wants no request that has one in it.
  const textOf = (row) =>
    (row.text ??= [...row.element.querySelectorAll(".fix")]
      .reduce((text, fix) => text.replace(fix.textContent, () => ""), row.element.textContent)
      .toLowerCase());

  const narrow = (group, words, wanted) => {
    const kinds = OF_ROWS.filter((name) => wanted[name]);
    if (!words.length && !wanted.novelty.length && !kinds.length) {
      if (group.narrowed) for (const row of group.rows) row.element.hidden = false;
      group.narrowed = false;
      return group.total;
    }
    let found = 0;
    for (const row of rowsOf(group)) {
      const matches =
        (!wanted.novelty.length || wanted.novelty.includes(row.novelty)) &&
        kinds.every((name) => row.of[name].includes(wanted[name])) &&
        words.every((word) => textOf(row).includes(word));
      if (row.element.hidden === matches) row.element.hidden = !matches;
      found += matches;
    }
    group.narrowed = true;
    return found;
  };

  // Requirements are searched by framework and id; where none matches, the tables stay as they are.
  const requirements = [...document.querySelectorAll(".reqtable tbody")].map((element) => ({
    element,
    text: [element.closest(".framework").querySelector("h3"), element.querySelector(".rid")]
      .map((each) => each.textContent.toLowerCase())
      .join(" "),
  }));
  const unfoldable = [...document.querySelectorAll("#frameworks details")];
  let wereOpen = null;
  const searchRequirements = (words) => {
    const matches = ({ text }) => words.length > 0 && words.every((word) => text.includes(word));
    const found = requirements.filter(matches);
    for (const each of requirements) each.element.hidden = found.length > 0 && !matches(each);
    if (found.length) wereOpen ??= unfoldable.map((element) => element.open);
    unfoldable.forEach((element, place) => {
      if (found.length) element.open = found.some((each) => element.contains(each.element));
      else if (wereOpen) element.open = wereOpen[place];
    });
    if (!found.length) wereOpen = null;
    return found.length;
  };

  const apply = (wanted) => {
    const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
    const isFiltered =
      wanted.status.length ||
      wanted.novelty.length ||
      words.length ||
      OF_ROWS.some((name) => wanted[name]);
    let shown = 0;
    let shownControls = 0;
    for (const control of controls) {
      const fits =
        (!wanted.severity.length || wanted.severity.includes(control.severity)) &&
        (!wanted.topic || wanted.topic === control.topic) &&
        (!wanted.framework || control.frameworks.includes(wanted.framework));
      const inHeading = words.length > 0 && words.every((word) => control.heading.includes(word));
      let inControl = 0;
      for (const group of control.groups) {
        const asked = fits && (!wanted.status.length || wanted.status.includes(group.status));
        const found = asked ? narrow(group, inHeading ? [] : words, wanted) : 0;
        group.element.hidden = !found;
        group.element.open = isFiltered ? found > 0 && found <= OPEN_UP_TO : group.wasOpen;
        group.label.textContent =
          found && found < group.total
            ? `${count.format(found)} of ${count.format(group.total)}`
            : count.format(group.total);
        inControl += found;
      }
      control.element.hidden = !inControl;
      shown += inControl;
      shownControls += !control.element.hidden;
    }
    for (const topic of topics) {
      topic.hidden = !topic.querySelector(".control:not([hidden])");
    }
    sort(wanted.sort);
    unfold.textContent = UNFOLD;
    nothing.hidden = shownControls > 0;
    const requirementsFound = searchRequirements(words);
    output.textContent =
      `Shown: ${count.format(shown)} of ${count.format(total)} ${total === 1 ? "check" : "checks"} ` +
      `in ${shownControls} of ${controls.length} controls` +
      (requirementsFound ? `, and ${count.format(requirementsFound)} of the requirements` : "");
    const chosen = sum([...SEVERAL, ...ONE], (name) => [wanted[name]].flat().filter(Boolean).length);
    active.textContent = chosen ? `${chosen} chosen` : "";
  };

  // The page comes sorted by status. Another order moves topics, controls in them, and rows.
  const WEIGHTS = ["critical", "high", "medium", "low"];
  const byName = new Intl.Collator("en", { numeric: true }).compare;
  const rankOf = (element) => Number(element.dataset.rank ?? Infinity);
  const firstRank = (control) =>
    Math.min(Infinity, ...[...control.element.querySelectorAll("[data-rank]")].map(rankOf));
  const ORDERS = {
    "": () => 0,
    severity: (a, b) => WEIGHTS.indexOf(a.severity) - WEIGHTS.indexOf(b.severity),
    name: (a, b) => byName(a.name, b.name),
    rank: (a, b) => (a.rank === b.rank ? 0 : a.rank - b.rank),
  };
  const ROW_ORDERS = {
    name: (a, b) => byName(nameOf(a.element), nameOf(b.element)) || a.place - b.place,
    rank: (a, b) =>
      rankOf(a.element) === rankOf(b.element)
        ? a.place - b.place
        : rankOf(a.element) - rankOf(b.element),
  };
  const nameOf = (row) => partsOf(row).name || partsOf(row).id;
  let sorted = "";
  const sort = (order) => {
    if (order === sorted) return;
    sorted = order;
    if (order === "rank") for (const control of controls) control.rank = firstRank(control);
    const inOrder = [...controls].sort(ORDERS[order]);
    for (const topic of new Set(inOrder.map((control) => control.element.parentElement))) {
      topic.parentElement.append(topic);
    }
    for (const control of inOrder) {
      control.element.parentElement.append(control.element);
      for (const group of control.groups) {
        if (!ROW_ORDERS[order] && !group.moved) continue;
        const rows = [...rowsOf(group)].sort(ROW_ORDERS[order] ?? ((a, b) => a.place - b.place));
        rows[0].element.parentElement.append(...rows.map((row) => row.element));
        group.moved = Boolean(ROW_ORDERS[order]);
      }
    }
  };

  const checked = (name) =>
    [...form.querySelectorAll(`[name="${name}"]:checked`)].map((box) => box.value);
  const read = () => ({
    ...Object.fromEntries(SEVERAL.map((name) => [name, checked(name)])),
    ...Object.fromEntries(ONE.map((name) => [name, form.elements[name].value])),
    text: form.elements.text.value.trim(),
    sort: form.elements.sort.value,
  });

  const fill = (params) => {
    for (const name of SEVERAL) {
      const values = (params.get(name) ?? "").split(",");
      for (const box of form.querySelectorAll(`[name="${name}"]`)) {
        box.checked = values.includes(box.value);
      }
    }
    for (const name of ONE) {
      form.elements[name].value = params.get(name) ?? "";
      if (form.elements[name].selectedIndex < 0) form.elements[name].value = "";
    }
    form.elements.text.value = params.get("text") ?? "";
    const order = params.get("sort");
    form.elements.sort.value = SORTS.includes(order) ? order : "";
  };

  const queryOf = (wanted) => {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(wanted)) {
      if (value.length) params.set(name, Array.isArray(value) ? value.join(",") : value);
    }
    return String(params).replaceAll("%2C", ",");
  };
  const remember = (wanted) => {
    const hash = queryOf(wanted);
    try {
      history.replaceState(null, "", hash ? `#${hash}` : location.href.split("#")[0]);
    } catch {
      // A preview in a frame has no address of its own; the filter works all the same.
    }
  };

  const refresh = () => {
    const wanted = read();
    remember(wanted);
    apply(wanted);
  };

  const show = (params) => {
    fill(params);
    apply(read());
  };

  // The bar stays in sight, so what is scrolled to must not end up below it.
  const makeRoom = () => {
    document.documentElement.style.setProperty("--bar", `${form.offsetHeight}px`);
  };

  // "#status=fail" is a filter; "#PD-05" is a place, which a filter must not hide.
  const restore = () => {
    const hash = location.hash.slice(1);
    const target = document.getElementById(decoded(hash));
    if (!target && (!hash || hash.includes("="))) {
      show(new URLSearchParams(hash));
      if (hash) form.scrollIntoView();
      return;
    }
    if (!target) return;
    if (target.closest("[hidden]")) show(new URLSearchParams());
    for (let each = target; each; each = each.parentElement) {
      if (each.matches("details")) each.open = true;
    }
    makeRoom();
    target.scrollIntoView();
  };
  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };

  // What a row says, part by part; what people typed is text wherever it goes.
  const partsOf = (row) => {
    const place = row.querySelector("td") ?? row;
    const link = place.querySelector(":scope > a:not(.permalink)");
    const code = place.querySelector("code");
    const first = link?.textContent ?? place.firstChild.textContent.trim();
    const kind = row.dataset.type ?? place.querySelector("small").firstChild.textContent.trim();
    const type = kind.replaceAll(" ", "_");
    const id = code?.textContent ?? (row.dataset.type ? first : type);
    const isNamed = Boolean(code) || first !== id;
    return { type, id, name: isNamed && first !== id ? first : "", url: link?.getAttribute("href") ?? "" };
  };
  const cellsOf = (control, group, row) => {
    const { type, id, name, url } = partsOf(row.element);
    return [
      control.element.id,
      control.name,
      control.severity,
      group.status,
      type,
      id,
      name,
      url,
      row.element.querySelector(".m")?.textContent ?? "complies",
      group.element.dataset.remedy,
      row.novelty ?? "",
      row.element.id,
      form.dataset.asOf,
      form.dataset.scope,
      queryOf(read()) || "everything",
    ];
  };

  // The same rules as in the CSV that the command writes: one line, no formula, ids as they are.
  const BOM = "\uFEFF";
  const VALUE = new RegExp(`^(?:${form.dataset.value})$`, "iu");
  const line = (text) => text.trim().split(/[\s\x1C-\x1F\x85]+/u).join(" ");
  const printable = (text) => text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, "\uFFFD");
  const defused = (text) => (/^ *[=+\-@\t\r\n]/.test(text) ? `'${text}` : text);
  const asText = (text) => (VALUE.test(text) ? `="${text}"` : text);
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const cell = (text) => quoted(asText(defused(printable(line(text)))));
  const csv = () => {
    const columns = [...form.dataset.columns.split(","), "novelty", "fingerprint", "as_of"];
    const rows = [[...columns, "scope", "shown"]];
    for (const control of document.querySelectorAll(".control:not([hidden])")) {
      const known = controls.find((each) => each.element === control);
      for (const group of known.groups.filter((each) => !each.element.hidden)) {
        const inOrder = new Map(rowsOf(group).map((row) => [row.element, row]));
        for (const element of group.element.querySelector("tbody, ul").children) {
          if (!element.hidden) rows.push(cellsOf(known, group, inOrder.get(element)));
        }
      }
    }
    return BOM + rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
  };
  const download = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv;charset=utf-8" }));
    link.download = `${form.dataset.file.replace(/[^\w-]+/g, "-")}-shown.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  document.getElementById("csv").addEventListener("click", download);

  // All that is shown, with its evidence, at once: for whoever reads on or searches in the browser.
  unfold.addEventListener("click", () => {
    const open = unfold.textContent === UNFOLD;
    for (const each of document.querySelectorAll(".control:not([hidden]) details:not(.fix, [hidden])")) {
      each.open = open;
    }
    unfold.textContent = open ? "Fold all" : UNFOLD;
  });
  if (isRanked) form.elements.sort.add(new Option("rank", "rank"));

  // The age of a recording is not in the file: that is the same on every day.
  const DAY = 86_400_000;
  for (const place of document.querySelectorAll("[data-age-from]")) {
    const days = Math.floor((Date.now() - Date.parse(place.dataset.ageFrom)) / DAY);
    place.textContent = `${count.format(days)} ${days === 1 ? "day" : "days"} old today`;
  }
  for (const place of document.querySelectorAll("[data-until]")) {
    if (Date.now() > Date.parse(place.dateTime)) place.after(" (too old today)");
  }

  for (const cell of document.querySelectorAll("[data-goto]:not(.none)")) {
    const link = document.createElement("a");
    link.href = `#${cell.dataset.goto}`;
    link.textContent = cell.textContent;
    const filter = cell.dataset.goto.replaceAll("&", ", ").replaceAll("=", " ").replaceAll("_", " ");
    link.setAttribute("aria-label", `${cell.textContent} ${cell.textContent === "1" ? "check" : "checks"} with ${filter}`);
    cell.replaceChildren(link);
  }

  const copy = async (pre, button) => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
    } catch {
      // A page without that right can still copy what is selected.
      getSelection().selectAllChildren(pre);
      if (!document.execCommand("copy")) return;
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  };

  // Without a script nothing could be copied by a button, so the script makes them, when needed.
  const addButtons = ({ target }) => {
    if (!target.matches?.(".fix") || target.querySelector("button")) return;
    for (const form of target.querySelectorAll(".form")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.setAttribute("aria-live", "polite");
      button.setAttribute("aria-description", `the fix as ${form.dataset.form}`);
      button.addEventListener("click", () => copy(form.querySelector("pre"), button));
      form.querySelector("h5").after(button);
    }
  };
  document.addEventListener("toggle", addButtons, true);

  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, WAIT);
  });
  form.addEventListener("reset", () => setTimeout(refresh));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    refresh();
  });
  addEventListener("hashchange", restore);

  // Where there is little room, the filters in the bar unfold on demand.
  if (matchMedia("(max-width: 60rem), (max-height: 40rem)").matches) facets.open = false;
  form.hidden = false;
  new ResizeObserver(makeRoom).observe(form);

  // What to fix first stands on the first screen: what an item says further unfolds, from the first
  // on, as far as all of them stay there.
  const firstList = document.querySelector("#fix-first ol");
  for (const item of firstList?.querySelectorAll("details") ?? []) {
    item.open = true;
    if (firstList.getBoundingClientRect().bottom + scrollY <= innerHeight) continue;
    item.open = false;
    break;
  }

  // Where a browser's own rules for paper do not unfold everything, the page does.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open], .fix, .facets)")];
    for (const each of folded) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of folded) each.open = false;
  });
  show(new URLSearchParams());
  restore();
})();
