// What the pages do without being asked anew: send a filter that was chosen, copy a query, change the theme, and say
// when another file was published. Everything else works without this.
"use strict";

const SECONDS_BETWEEN_LOOKS = 20;

for (const field of document.querySelectorAll("[data-submit]")) {
  field.addEventListener("change", () => field.form.requestSubmit());
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
  });
}

function command(sql) {
  return `consentry sql "$(cat <<'SQL'\n${sql}\nSQL\n)"`;
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea"); // browsers lend the clipboard to https and to loopback only
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const sql = button.closest(".sql-box").querySelector("code").textContent;
    await copy(button.dataset.copy === "command" ? command(sql) : sql);
    button.classList.add("done");
  });
}

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.sql[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.querySelector("[data-theme-toggle]").addEventListener("click", () => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.theme = (root.dataset.theme || system) === "dark" ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
});

async function look() {
  const answer = await fetch("stamp").catch(() => null); // the dashboard may have been ended; the page stays as it is
  if (!answer || !answer.ok) return;
  const { stamp } = await answer.json();
  document.getElementById("newer").hidden = !stamp || stamp === document.body.dataset.stamp;
}

document.querySelector("[data-reload]").addEventListener("click", (event) => {
  event.preventDefault();
  location.reload();
});
setInterval(look, SECONDS_BETWEEN_LOOKS * 1000);
document.addEventListener("visibilitychange", () => document.hidden || look());
