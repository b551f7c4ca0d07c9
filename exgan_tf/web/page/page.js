"use strict";

const byId = (id) => document.getElementById(id);
const sides = ["left", "right"];
let photographs = [];
let shown = null; // The face in the dialog: {photograph, face, candidates}.
let signature = "";
let uploading = 0;
const past = []; // What undo brings back: lists of [photograph, face, choice].

async function ask(method, path, body) {
  const answer = await fetch(path, { method, body });
  if (!answer.ok) {
    const { error } = await answer.json().catch(() => ({ error: answer.statusText }));
    throw new Error(error);
  }
  return answer.status === 204 ? null : answer.json();
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function tell(error) {
  byId("errors").append(element("li", {}, error.message));
}

// Calls a function and shows what goes wrong.
const guarded = (action) => (...values) => Promise.resolve(action(...values)).catch(tell);

const facePath = (photograph, face) => `/api/photographs/${photograph}/faces/${face}`;
const find = (id) => photographs.find((photograph) => photograph.id === id);

function describe(face) {
  if (face.choice) return "new eyes";
  if (face.is_open) return "eyes open";
  if (face.objection) return face.blinks ? "blinks, left alone" : "left alone";
  return "blinks";
}

const kind = (face) => (face.choice ? "chosen" : face.blinks ? "blinks" : "");

async function refresh() {
  const found = await ask("GET", "/api/photographs");
  photographs = found.photographs;
  const ready = photographs.length - found.waiting;
  const faces = photographs.flatMap((photograph) => photograph.faces);
  const blinking = faces.filter((face) => face.blinks).length;
  const chosen = faces.filter((face) => face.choice).length;
  byId("progress").hidden = !found.waiting;
  byId("progress").max = photographs.length || 1;
  byId("progress").value = ready;
  byId("status").textContent = !photographs.length
    ? "No photographs yet."
    : (found.waiting ? `Looking for faces: ${ready} of ${photographs.length} photographs. ` : "") +
      `${faces.length} faces, ${blinking} with closed eyes, ${chosen} with new eyes.`;
  byId("actions").hidden = byId("photographs-section").hidden = !photographs.length;
  byId("people-section").hidden = !faces.length;
  byId("save").disabled = !chosen;
  byId("undo").disabled = byId("face-undo").disabled = !past.length;
  // Drawn anew only if something changed, so that the focus stays where it is.
  const now = JSON.stringify(photographs);
  if (now !== signature) {
    signature = now;
    draw();
  }
  return found.waiting;
}

function draw() {
  const focused = document.activeElement?.dataset?.key;
  byId("photographs").replaceChildren(...photographs.map(drawPhotograph));
  const people = new Map();
  for (const photograph of photographs) {
    photograph.faces.forEach((face, index) => {
      if (!people.has(face.person)) people.set(face.person, []);
      people.get(face.person).push([photograph, face, index]);
    });
  }
  byId("people").replaceChildren(
    ...[...people].sort(([one], [other]) => one - other).map(([person, faces]) =>
      element("div", {}, element("h3", {}, `Person ${person}`),
        element("div", { className: "faces" }, ...faces.map(drawChip)))),
  );
  if (focused) document.querySelector(`[data-key="${focused}"]`)?.focus();
}

function drawChip([photograph, face, index]) {
  const chip = element("button", { className: `chip ${kind(face)}` },
    element("img", { src: picturePath(photograph.id, index, face.choice), alt: "", loading: "lazy" }),
    describe(face));
  chip.ariaLabel = `Person ${face.person} in ${photograph.name}: ${describe(face)}`;
  chip.title = face.objection || photograph.name;
  chip.dataset.key = `chip-${photograph.id}-${index}`;
  chip.onclick = guarded(() => openFace(photograph.id, index));
  return chip;
}

function drawPhotograph(photograph) {
  const picture = element("div", { className: "picture" });
  if (photograph.has_preview) {
    picture.append(element("img", {
      src: `/api/photographs/${photograph.id}/preview`, alt: photograph.name, loading: "lazy",
    }));
  }
  photograph.faces.forEach((face, index) => {
    const mark = element("button", { className: kind(face) });
    mark.ariaLabel = `Person ${face.person}: ${describe(face)}`;
    mark.title = mark.ariaLabel;
    mark.dataset.key = `mark-${photograph.id}-${index}`;
    const [left, top, width, height] = face.box;
    Object.assign(mark.style, {
      left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * width}%`,
      height: `${100 * height}%`,
    });
    mark.onclick = guarded(() => openFace(photograph.id, index));
    picture.append(mark);
  });
  const state = { waiting: "waiting …", unreadable: photograph.reason, ready:
    photograph.faces.length ? "" : "no face found" }[photograph.status];
  const remove = element("button", {}, "Remove");
  remove.ariaLabel = `Remove ${photograph.name}`;
  remove.dataset.key = `remove-${photograph.id}`;
  remove.onclick = guarded(async () => {
    await ask("DELETE", `/api/photographs/${photograph.id}`);
    await refresh();
  });
  return element("li", {}, picture, element("div", { className: "text" },
    element("span", {}, photograph.name, element("br"),
      element("span", { className: "quiet" }, state)), remove));
}

const parameters = (choice) => sides.filter((side) => choice[side]).map((side) => {
  const { photograph, face, strength } = choice[side];
  return `${side}=${photograph}.${face}.${Math.round(100 * strength)}`;
}).join("&");

function picturePath(photograph, face, choice) {
  const query = choice ? parameters(choice) : "";
  return facePath(photograph, face) + (query ? `/render?${query}` : "/picture");
}

const current = () => find(shown.photograph).faces[shown.face];
const copyOf = (choice) => ({ left: choice?.left ?? null, right: choice?.right ?? null });

function selected() {
  const value = document.querySelector("input[name=eyes]:checked").value;
  return value === "both" ? sides : [value];
}

async function openFace(photograph, face) {
  shown = { photograph, face, candidates: [] };
  const found = current();
  const wanted = found.eyes.length === 1 && !found.choice ? found.eyes[0] : "both";
  document.querySelector(`input[name=eyes][value=${wanted}]`).checked = true;
  byId("face-title").textContent = `Person ${found.person} in ${find(photograph).name}`;
  byId("face-reason").textContent = found.is_open ? "The eyes are open already."
    : found.objection ? `Left alone unless you choose: ${found.objection}.` : "";
  byId("before").src = `${facePath(photograph, face)}/picture`;
  byId("candidates").replaceChildren("Looking …");
  byId("split").value = 0;
  showSplit();
  showChoice();
  if (!byId("face").open) byId("face").showModal();
  const { candidates } = await ask("GET", `${facePath(photograph, face)}/candidates`);
  if (shown.photograph !== photograph || shown.face !== face) return;
  shown.candidates = candidates;
  byId("candidates").replaceChildren(...candidates.map(drawCandidate));
  if (!candidates.length) {
    byId("candidates").append("There is no other photograph of this person.");
  }
  showChoice();
}

function drawCandidate(candidate, index) {
  const choice = {};
  for (const side of selected()) choice[side] = { ...candidate, strength: 1 };
  const radio = element("input", { type: "radio", name: "candidate", value: String(index) });
  radio.onchange = guarded(() => choose((eye) => ({
    photograph: candidate.photograph, face: candidate.face, strength: eye?.strength || 1,
  })));
  return element("label", {},
    element("img", {
      src: `${facePath(shown.photograph, shown.face)}/render?${parameters(choice)}`,
      alt: `With the eyes of ${candidate.name}`,
    }),
    radio, ` ${candidate.name}`, element("br"),
    element("span", { className: "quiet" }, (candidate.same_session ? "same occasion, " : "") +
      (candidate.obstacle || candidate.reasons)));
}

// Gives the selected eyes what a function makes of what they have.
async function choose(change) {
  const { photograph, face } = shown;
  const choice = copyOf(current().choice);
  past.push([[photograph, face, copyOf(current().choice)]]);
  for (const side of selected()) choice[side] = change(choice[side]);
  await put(photograph, face, choice);
  await refresh();
  showChoice();
}

const put = (photograph, face, choice) =>
  ask("PUT", `${facePath(photograph, face)}/choice`, JSON.stringify(choice));

function showChoice() {
  const choice = copyOf(current().choice);
  const eye = selected().map((side) => choice[side]).find(Boolean);
  const percent = Math.round(100 * (eye?.strength ?? 1));
  byId("strength").value = percent;
  byId("strength").disabled = !eye;
  byId("percent").textContent = `${percent} %`;
  shown.candidates.forEach((candidate, index) => {
    byId("candidates").querySelectorAll("input")[index].checked =
      eye?.photograph === candidate.photograph && eye?.face === candidate.face;
  });
  const after = byId("after");
  after.src = picturePath(shown.photograph, shown.face, choice);
  byId("compare").classList.toggle("busy", !after.complete);
}

function showSplit() {
  const hidden = byId("hold").ariaPressed === "true" ? 100 : byId("split").value;
  byId("after").style.clipPath = `inset(0 0 0 ${hidden}%)`;
}

function hold(is_held) {
  byId("hold").ariaPressed = String(is_held);
  showSplit();
}

async function undo() {
  for (const [photograph, face, choice] of past.pop() ?? []) {
    if (find(photograph)) await put(photograph, face, choice);
  }
  await refresh();
  if (byId("face").open) showChoice();
}

const allChoices = () => photographs.flatMap((photograph) => photograph.faces.map(
  (face, index) => [photograph.id, index, copyOf(face.choice)]));

async function add(list) {
  byId("errors").replaceChildren();
  uploading += 1;
  for (const file of list) {
    try {
      await ask("POST", `/api/photographs?name=${encodeURIComponent(file.name)}`, file);
    } catch (error) {
      tell(new Error(`${file.name}: ${error.message}`));
    }
    await refresh();
  }
  uploading -= 1;
  watch();
}

let watching = false;
async function watch() {
  if (watching) return;
  watching = true;
  try {
    while ((await refresh()) || uploading) await new Promise((done) => setTimeout(done, 700));
  } catch (error) {
    tell(error);
  }
  watching = false;
}

byId("files").onchange = guarded((event) => add([...event.target.files]));
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    byId("drop").classList.toggle("over", name === "dragover");
    if (name === "drop") guarded(add)([...event.dataTransfer.files]);
  });
}
byId("all").onclick = guarded(async () => {
  past.push(allChoices());
  await ask("POST", "/api/choices/suggested");
  await refresh();
});
byId("undo").onclick = byId("face-undo").onclick = guarded(undo);
byId("reset").onclick = guarded(async () => {
  const before = allChoices().filter(([, , choice]) => choice.left || choice.right);
  past.push(before);
  for (const [photograph, face] of before) await put(photograph, face, copyOf(null));
  await refresh();
});
byId("save").onclick = guarded(async () => {
  byId("save").disabled = true;
  byId("saved").textContent = "Saving …";
  try {
    const options = JSON.stringify({ is_marked: byId("marked").checked });
    const { number, folder, copies } = await ask("POST", "/api/saves", options);
    const lacking = Object.entries(copies).filter(([, lost]) => lost.length);
    byId("saved").replaceChildren(
      `${Object.keys(copies).length} copies are in ${folder}. `,
      element("a", { href: `/api/saves/${number}/zip`, download: "opened.zip" }, "Download as zip"),
      element("ul", {}, ...lacking.map(([name, lost]) =>
        element("li", {}, `${name} is without ${lost.join(", ")}`))));
  } catch (error) {
    byId("saved").textContent = "";
    throw error;
  } finally {
    await refresh();
  }
});
byId("close").onclick = () => byId("face").close();
byId("keep").onclick = guarded(() => choose(() => null));
byId("split").oninput = showSplit;
byId("hold").onpointerdown = () => hold(true);
byId("hold").onpointerup = byId("hold").onpointerleave = () => hold(false);
byId("hold").onkeydown = (event) => { if (event.key === " " || event.key === "Enter") hold(true); };
byId("hold").onkeyup = byId("hold").onblur = () => hold(false);
byId("strength").oninput = (event) => { byId("percent").textContent = `${event.target.value} %`; };
byId("strength").onchange = guarded((event) => choose((eye) =>
  eye && { ...eye, strength: event.target.value / 100 }));
byId("after").onload = () => byId("compare").classList.remove("busy");
byId("after").onerror = () => {
  byId("compare").classList.remove("busy");
  byId("face-reason").textContent = "These eyes cannot be rendered: try others.";
};
for (const radio of document.querySelectorAll("input[name=eyes]")) {
  radio.onchange = () => {
    byId("candidates").replaceChildren(...shown.candidates.map(drawCandidate));
    showChoice();
  };
}
watch();
