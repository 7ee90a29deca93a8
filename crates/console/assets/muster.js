// The few things that a page cannot do without script: copying, moving the focus after a swap, the
// search key. Everything else works without it.
(() => {
  "use strict";

  // data-copy: a text, or "#id" for what an element shows.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const wanted = button.dataset.copy;
    const source = wanted.startsWith("#") && document.querySelector(wanted);
    const text = source ? source.value ?? source.textContent : wanted;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return;
    }
    button.setAttribute("data-copied", "");
    announce("Copied");
    setTimeout(() => button.removeAttribute("data-copied"), 1500);
  });

  // data-fill: puts a text into the field that data-into names, as if it had been typed.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill]");
    const field = button && document.querySelector(button.dataset.into);
    if (!field) return;
    field.value = button.dataset.fill;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });

  // data-when: a part of a form that belongs to some choices, as "name=value name=value".
  const suit = () => {
    for (const part of document.querySelectorAll("[data-when]")) {
      part.hidden = part.dataset.when.split(" ").some((choice) => {
        const [name, value] = choice.split("=");
        const chosen = document.querySelector(`[name="${name}"]:checked`);
        return chosen !== null && chosen.value !== value;
      });
    }
  };
  document.addEventListener("change", suit);
  suit();

  // "/" goes to the search field, unless somebody is typing.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select")) return;
    const search = document.querySelector('main [type="search"]');
    if (!search) return;
    event.preventDefault();
    search.focus();
  });

  // A form that came back with an error: go to the first field that is wrong.
  document.querySelector('[aria-invalid="true"]')?.focus();

  document.addEventListener("htmx:after:swap", suit);

  function announce(text) {
    let status = document.getElementById("announcement");
    if (!status) {
      status = document.createElement("p");
      status.id = "announcement";
      status.className = "sr";
      status.setAttribute("role", "status");
      document.body.append(status);
    }
    status.textContent = text;
  }
})();
