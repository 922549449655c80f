"use strict";
// Filters the findings. Everything is in the page without it; the state lives behind the "#".
(() => {
  const form = document.getElementById("filter");
  const output = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const OPEN_UP_TO = 25;
  const WAIT = 150;
  const count = new Intl.NumberFormat("en");

  const controls = [...document.querySelectorAll(".control")].map((element) => ({
    element,
    severity: element.dataset.severity,
    frameworks: element.dataset.frameworks.split(" "),
    heading: [...element.querySelectorAll("h3, .mapping .rid")]
      .map((each) => each.textContent.toLowerCase())
      .join(" "),
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
  const sum = (list, of) => list.reduce((total, each) => total + of(each), 0);
  const total = sum(controls, (control) => sum(control.groups, (group) => group.total));

  // Rows are only looked at when somebody asks for some of them: there may be thousands.
  const rowsOf = (group) => {
    group.rows ??= [...group.element.querySelector("tbody, ul").children].map((element) => ({
      element,
      text: wordsOf(element).toLowerCase(),
      novelty: element.dataset.novelty,
    }));
    return group.rows;
  };
  // What a fix says is no finding: who looks for "role" wants no request that has one in it.
  const wordsOf = (row) =>
    [...row.querySelectorAll(".fix")].reduce(
      (text, fix) => text.replace(fix.textContent, () => ""),
      row.textContent,
    );

  const narrow = (group, words, novelty) => {
    if (!words.length && !novelty.length) {
      if (group.narrowed) for (const row of group.rows) row.element.hidden = false;
      group.narrowed = false;
      return group.total;
    }
    let found = 0;
    for (const row of rowsOf(group)) {
      const matches =
        (!novelty.length || novelty.includes(row.novelty)) &&
        words.every((word) => row.text.includes(word));
      row.element.hidden = !matches;
      found += matches;
    }
    group.narrowed = true;
    return found;
  };

  const apply = (wanted) => {
    const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
    const isFiltered = wanted.status.length || wanted.novelty.length || words.length;
    let shown = 0;
    let shownControls = 0;
    for (const control of controls) {
      const fits =
        (!wanted.severity.length || wanted.severity.includes(control.severity)) &&
        (!wanted.framework || control.frameworks.includes(wanted.framework));
      const inHeading = words.length > 0 && words.every((word) => control.heading.includes(word));
      let inControl = 0;
      for (const group of control.groups) {
        const asked = fits && (!wanted.status.length || wanted.status.includes(group.status));
        const found = asked ? narrow(group, inHeading ? [] : words, wanted.novelty) : 0;
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
    nothing.hidden = shownControls > 0;
    output.textContent =
      `Shown: ${count.format(shown)} of ${count.format(total)} findings ` +
      `in ${shownControls} of ${controls.length} controls`;
  };

  const checked = (name) =>
    [...form.querySelectorAll(`[name="${name}"]:checked`)].map((box) => box.value);
  const read = () => ({
    status: checked("status"),
    severity: checked("severity"),
    novelty: checked("novelty"),
    framework: form.elements.framework.value,
    text: form.elements.text.value.trim(),
  });

  const fill = (params) => {
    for (const name of ["status", "severity", "novelty"]) {
      const values = (params.get(name) ?? "").split(",");
      for (const box of form.querySelectorAll(`[name="${name}"]`)) {
        box.checked = values.includes(box.value);
      }
    }
    form.elements.framework.value = params.get("framework") ?? "";
    if (form.elements.framework.selectedIndex < 0) form.elements.framework.value = "";
    form.elements.text.value = params.get("text") ?? "";
  };

  const remember = (wanted) => {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(wanted)) {
      if (value.length) params.set(name, Array.isArray(value) ? value.join(",") : value);
    }
    const hash = String(params).replaceAll("%2C", ",");
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

  // "#status=fail" is a filter; "#PD-05" is a place, which a filter must not hide.
  const restore = () => {
    const hash = location.hash.slice(1);
    if (!hash || hash.includes("=")) {
      show(new URLSearchParams(hash));
      if (hash) form.scrollIntoView();
      return;
    }
    const target = document.getElementById(hash);
    if (target?.closest("[hidden]")) {
      show(new URLSearchParams());
      target.scrollIntoView();
    }
    if (target?.matches("details")) target.open = true;
  };

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
    link.setAttribute("aria-label", `${cell.textContent} findings with ${filter}`);
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
      form.querySelector("h4").after(button);
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
  form.hidden = false;
  show(new URLSearchParams());
  restore();
})();
