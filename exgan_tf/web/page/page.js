"use strict";

const byId = (id) => document.getElementById(id);
const sides = ["left", "right"];
let photographs = [];
let shown = null; // The face in the dialog: {photograph, face, candidates, tiles}.
let uploading = 0; // How many photographs are still to be sent.
let writing = Promise.resolve(); // Choices on their way, one after the other.
const past = []; // What undo brings back: lists of [photograph, face, choice].
const drawn = new Map(); // Elements that stay, by what they show.
const otherTabs = new BroadcastChannel("exgan");

async function ask(method, path, body) {
  const answer = await fetch(path, { method, body }).catch(() => {
    throw new Error("The server does not answer: start `exgan web` again, and open its address.");
  });
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

// The element of that name; made when it is first needed, so that focus and pictures stay.
function lasting(name, make) {
  if (!drawn.has(name)) drawn.set(name, make());
  return drawn.get(name);
}

function fill(parent, children) {
  const differs = children.some((child, index) => child !== parent.children[index]);
  if (differs || children.length !== parent.children.length) {
    const focused = document.activeElement;
    parent.replaceChildren(...children);
    if (parent.contains(focused)) focused.focus();
  }
}

function show(image, path) {
  if (image.getAttribute("src") !== path) image.src = path;
}

function tell(error) {
  byId("errors").hidden = false;
  byId("errors").firstElementChild.append(element("li", {}, error.message));
}

// Calls a function and shows what goes wrong.
const guarded = (action) => (...values) => Promise.resolve(action(...values)).catch(tell);

const facePath = (photograph, face) => `/api/photographs/${photograph}/faces/${face}`;
const find = (id) => photographs.find((photograph) => photograph.id === id);
const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

function describe(face) {
  if (face.choice) return "new eyes";
  if (face.is_open) return "eyes open";
  if (face.objection) return face.blinks ? "closed, left alone" : "left alone";
  return "eyes closed";
}

const kind = (face) => (face.choice ? "chosen" : face.blinks ? "blinks" : "");

let asked = 0;
let answered = 0;
async function refresh() {
  await writing;
  asked += 1;
  const number = asked;
  const found = await ask("GET", "/api/photographs");
  if (number < answered) return found.waiting; // A later answer was faster.
  answered = number;
  photographs = found.photographs;
  byId("progress").hidden = !(found.waiting + uploading);
  byId("progress").max = photographs.length + uploading || 1;
  byId("progress").value = photographs.length - found.waiting;
  draw(found.waiting + uploading);
  return found.waiting;
}

function draw(waiting = 0) {
  const faces = photographs.flatMap((photograph) => photograph.faces);
  const chosen = faces.filter((face) => face.choice).length;
  const closed = faces.filter((face) => face.blinks).length;
  document.body.classList.toggle("empty", !photographs.length);
  byId("status").textContent = !photographs.length ? ""
    : waiting ? `Looking for faces: ${count(waiting, "photograph")} left`
      : `${count(faces.length, "face")}, ${closed} with closed eyes, ${chosen} with new eyes`;
  byId("photographs-section").hidden = !photographs.length;
  byId("people-section").hidden = !faces.length;
  byId("reset").disabled = byId("save").disabled = !chosen;
  byId("all").disabled = !faces.some((face) => describe(face) === "eyes closed");
  byId("all").classList.toggle("first", !chosen);
  byId("undo").disabled = byId("face-undo").disabled = !past.length;
  fill(byId("photographs"), photographs.map(drawPhotograph));
  const people = new Map();
  for (const photograph of photographs) {
    photograph.faces.forEach((face, index) => {
      if (!people.has(face.person)) people.set(face.person, []);
      people.get(face.person).push(drawChip(photograph, index));
    });
  }
  fill(byId("people"), [...people].sort(([one], [other]) => one - other).map(drawPerson));
  if (byId("face").open) {
    if (!find(shown.photograph)) byId("face").close();
    else if (shown.said !== JSON.stringify(current().choice)) showChoice();
  }
}

function drawPerson([person, chips]) {
  const group = lasting(`person ${person}`, () => element("div", {},
    element("h3", {}, `Person ${person}`), element("div", { className: "faces" })));
  fill(group.lastElementChild, chips);
  return group;
}

function drawChip(photograph, index) {
  const face = photograph.faces[index];
  const chip = lasting(`chip ${photograph.id} ${index}`, () => element("button",
    { onclick: guarded(() => openFace(photograph.id, index)) },
    element("img", { alt: "", loading: "lazy" }), element("span")));
  chip.className = `chip ${kind(face)}`;
  chip.lastElementChild.textContent = describe(face);
  chip.ariaLabel = `Person ${face.person} in ${photograph.name}: ${describe(face)}`;
  chip.title = face.objection || photograph.name;
  show(chip.firstElementChild, picturePath(photograph.id, index, face.choice));
  return chip;
}

function drawPhotograph(photograph) {
  const card = lasting(photograph.id, () => element("li", {},
    element("div", { className: "picture" }),
    element("div", { className: "text" },
      element("span", {}, element("b", { title: photograph.name }, photograph.name),
        element("span", { className: "quiet" })),
      element("button", { ariaLabel: `Remove ${photograph.name}`, title: "Remove", onclick:
        guarded(async () => {
          await ask("DELETE", `/api/photographs/${photograph.id}`);
          otherTabs.postMessage(null);
          await refresh();
        }) }, "✕"))));
  const [picture, text] = card.children;
  const ratio = photograph.width / photograph.height || 1.5; // As cameras have it.
  Object.assign(card.style, { flexGrow: 100 * ratio, flexBasis: `${230 * ratio}px`,
    maxWidth: `${380 * ratio}px` });
  picture.style.aspectRatio = ratio;
  const preview = lasting(`preview ${photograph.id}`, () =>
    element("img", { alt: photograph.name, loading: "lazy" }));
  if (photograph.has_preview) show(preview, `/api/photographs/${photograph.id}/preview`);
  fill(picture, [...(photograph.has_preview ? [preview] : []),
    ...photograph.faces.map((face, index) => drawChange(photograph, face, index)).filter(Boolean),
    ...photograph.faces.map((face, index) => drawMark(photograph, face, index))]);
  card.className = photograph.status;
  text.querySelector(".quiet").textContent = { waiting: "looking for faces …",
    unreadable: photograph.reason, ready: photograph.faces.length ? "" : "no face found",
  }[photograph.status];
  return card;
}

const placeAt = (element, [left, top, width, height]) => Object.assign(element.style, {
  left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * width}%`, height: `${100 * height}%`,
});

// A face with new eyes, to lie over the photograph as it was.
function drawChange(photograph, face, index) {
  if (!face.choice) return null;
  const change = lasting(`change ${photograph.id} ${index}`, () =>
    element("img", { className: "change", alt: "", loading: "lazy" }));
  show(change, picturePath(photograph.id, index, face.choice));
  placeAt(change, face.close_up);
  return change;
}

function drawMark(photograph, face, index) {
  const mark = lasting(`mark ${photograph.id} ${index}`, () => element("button",
    { onclick: guarded(() => openFace(photograph.id, index)) }));
  mark.className = kind(face);
  mark.title = mark.ariaLabel = `Person ${face.person}: ${describe(face)}`;
  placeAt(mark, face.box);
  return mark;
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

// The faces to step through: those with closed or new eyes, and the one that is shown.
const stops = () => photographs.flatMap((photograph) => photograph.faces.map(
  (face, index) => [photograph.id, index, face])).filter(([photograph, index, face]) =>
  face.blinks || face.choice || (photograph === shown.photograph && index === shown.face));

function step(by) {
  const faces = stops();
  const here = faces.findIndex(([photograph, index]) =>
    photograph === shown.photograph && index === shown.face);
  const [photograph, face] = faces[(here + by + faces.length) % faces.length];
  return openFace(photograph, face);
}

async function openFace(photograph, face) {
  shown = { photograph, face, candidates: [], tiles: [] };
  const found = current();
  const initial = found.eyes.length === 1 && !found.choice ? found.eyes[0] : "both";
  document.querySelector(`input[name=eyes][value=${initial}]`).checked = true;
  byId("face-title").replaceChildren(`Person ${found.person} `,
    element("span", { className: "quiet" }, find(photograph).name));
  byId("face-reason").textContent = found.is_open ? "The eyes are open already."
    : found.objection ? `Left alone unless you choose: ${found.objection}.` : "";
  byId("next").disabled = byId("previous").disabled = stops().length < 2;
  byId("split").value = 0;
  show(byId("before"), `${facePath(photograph, face)}/picture`);
  byId("candidates").replaceChildren();
  showSplit();
  showChoice();
  if (!byId("face").open) byId("face").showModal();
  byId("face").scrollTop = 0;
  const { candidates } = await ask("GET", `${facePath(photograph, face)}/candidates`);
  if (shown.photograph !== photograph || shown.face !== face) return;
  shown.candidates = candidates;
  drawCandidates();
  showChoice();
}

function drawCandidates() {
  const here = shown;
  here.tiles = [null, ...here.candidates].map(drawCandidate);
  byId("candidates").replaceChildren(...here.tiles.map((tile) => tile.label));
  if (here.candidates.length) {
    // One after the other, so that what is chosen meanwhile does not wait for all of them.
    const tiles = here.tiles;
    (async () => {
      for (const { image, path } of tiles) {
        if (shown !== here || here.tiles !== tiles) return;
        image.src = path;
        await image.decode().catch(() => {});
        image.classList.add("loaded");
      }
    })();
  } else {
    byId("candidates").replaceChildren("There is no other photograph of this person: add one.");
  }
}

function drawCandidate(candidate) {
  const eyes = candidate && { photograph: candidate.photograph, face: candidate.face };
  const choice = {};
  for (const side of candidate ? selected() : []) choice[side] = { ...eyes, strength: 1 };
  const image = element("img", { alt: "" });
  const radio = element("input", { type: "radio", name: "candidate", onchange: guarded(() =>
    choose((eye) => eyes && { ...eyes, strength: eye?.strength || 1 })) });
  return { image, radio, path: picturePath(shown.photograph, shown.face, choice),
    label: element("label", {}, radio, element("div", { className: "tile" }, image),
      candidate ? candidate.name : "as it is", element("br"),
      element("span", { className: "quiet" }, !candidate ? ""
        : candidate.obstacle ?? (candidate.is_same_occasion ? "same occasion" : ""))) };
}

// Gives the selected eyes what a function makes of what they have.
async function choose(change) {
  const choice = copyOf(current().choice);
  for (const side of selected()) choice[side] = change(choice[side]);
  await put([[shown.photograph, shown.face, choice]]);
}

// Shows choices at once, and sends them; what they replace can be undone.
async function put(choices, { isUndo = false } = {}) {
  const known = choices.filter(([photograph]) => find(photograph));
  if (!isUndo) {
    past.push(known.map(([photograph, face]) =>
      [photograph, face, copyOf(find(photograph).faces[face].choice)]));
  }
  for (const [photograph, face, choice] of known) {
    find(photograph).faces[face].choice = choice.left || choice.right ? choice : null;
  }
  draw();
  writing = writing.then(async () => {
    for (const [photograph, face, choice] of known) {
      await ask("PUT", `${facePath(photograph, face)}/choice`, JSON.stringify(choice));
    }
  }).catch(tell);
  await refresh();
  otherTabs.postMessage(null);
}

function showChoice() {
  shown.said = JSON.stringify(current().choice);
  const choice = copyOf(current().choice);
  const eye = selected().map((side) => choice[side]).find(Boolean);
  const percent = Math.round(100 * (eye?.strength ?? 1));
  byId("strength").value = percent;
  byId("strength").disabled = !eye;
  byId("percent").textContent = `${percent} %`;
  byId("why").textContent = "";
  shown.tiles.forEach(({ radio }, index) => {
    const candidate = shown.candidates[index - 1];
    radio.checked = candidate
      ? eye?.photograph === candidate.photograph && eye?.face === candidate.face : !eye;
    if (candidate && radio.checked) {
      byId("why").textContent = `${candidate.name}: ${candidate.obstacle ?? candidate.reasons}`;
    }
  });
  show(byId("after"), picturePath(shown.photograph, shown.face, choice));
  byId("compare").classList.toggle("busy", !byId("after").complete);
}

function showSplit() {
  const isHeld = byId("hold").ariaPressed === "true";
  byId("compare").style.setProperty("--at", `${isHeld ? 100 : byId("split").value}%`);
}

function hold(isHeld) {
  byId("hold").ariaPressed = String(isHeld);
  showSplit();
}

const undo = () => put(past.pop() ?? [], { isUndo: true });

const allChoices = () => photographs.flatMap((photograph) => photograph.faces.map(
  (face, index) => [photograph.id, index, copyOf(face.choice)]));

async function add(files) {
  byId("errors").hidden = true;
  byId("errors").firstElementChild.replaceChildren();
  uploading += files.length;
  watch();
  for (const file of files) {
    try {
      await ask("POST", `/api/photographs?name=${encodeURIComponent(file.name)}`, file);
    } catch (error) {
      tell(new Error(`${file.name}: ${error.message}`));
    }
    uploading -= 1;
  }
  otherTabs.postMessage(null);
  watch();
}

// All files of what was dropped, those in folders too.
async function filesOf(entries) {
  const files = [];
  for (const entry of entries) {
    if (entry.isFile) {
      files.push(await new Promise((done, failed) => entry.file(done, failed)));
    } else {
      const reader = entry.createReader();
      for (let some = [null]; some.length;) {
        some = await new Promise((done, failed) => reader.readEntries(done, failed));
        files.push(...await filesOf(some));
      }
    }
  }
  return files.filter((file) => !file.name.startsWith("."));
}

let isWatching = false;
let isNews = false; // Something may have happened since it was last asked.
async function watch() {
  isNews = true;
  if (isWatching) return;
  isWatching = true;
  try {
    for (let waiting = 0; isNews || waiting || uploading;) {
      isNews = false;
      waiting = await refresh();
      if (!isNews) await new Promise((done) => setTimeout(done, 500));
    }
  } catch (error) {
    tell(error);
  }
  isWatching = false;
}

byId("files").onchange = byId("folder").onchange = guarded(async ({ target }) => {
  const files = [...target.files];
  target.value = ""; // So that the same can be chosen again.
  await add(files);
});
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    document.body.classList.toggle("over", name === "dragover");
    if (name === "drop") {
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry());
      guarded(async () => add(await filesOf(entries.filter(Boolean))))();
    }
  });
}
byId("dismiss").onclick = () => { byId("errors").hidden = true; };
byId("all").onclick = guarded(async () => {
  const before = allChoices();
  await ask("POST", "/api/choices/suggested");
  past.push(before);
  await refresh();
  otherTabs.postMessage(null);
});
byId("undo").onclick = byId("face-undo").onclick = guarded(undo);
byId("reset").onclick = guarded(() => put(allChoices()
  .filter(([, , choice]) => choice.left || choice.right)
  .map(([photograph, face]) => [photograph, face, copyOf(null)])));
byId("save").onclick = guarded(async () => {
  byId("save").disabled = true;
  byId("saved").hidden = false;
  byId("saved").textContent = "Saving …";
  try {
    await writing;
    const options = JSON.stringify({ is_marked: byId("marked").checked });
    const { number, folder, copies } = await ask("POST", "/api/saves", options);
    const lacking = Object.entries(copies).filter(([, lost]) => lost.length);
    byId("saved").replaceChildren(
      element("div", {},
        `${count(Object.keys(copies).length, "copy", "copies")} saved in ${folder}`,
        element("ul", { className: "quiet" }, ...lacking.map(([name, lost]) =>
          element("li", {}, `${name} lacks ${lost.join(", ")}`)))),
      element("a", { className: "button", href: `/api/saves/${number}/zip`,
        download: "opened.zip" }, "Download as zip"));
  } catch (error) {
    byId("saved").hidden = true;
    throw error;
  } finally {
    await refresh();
  }
});
byId("close").onclick = () => byId("face").close();
byId("next").onclick = guarded(() => step(1));
byId("previous").onclick = guarded(() => step(-1));
byId("split").oninput = showSplit;
byId("hold").onpointerdown = () => hold(true);
byId("hold").onpointerup = byId("hold").onpointerleave = () => hold(false);
byId("hold").onkeydown = (event) => { if (event.key === " " || event.key === "Enter") hold(true); };
byId("hold").onkeyup = byId("hold").onblur = () => hold(false);
byId("strength").oninput = ({ target }) => { byId("percent").textContent = `${target.value} %`; };
byId("strength").onchange = guarded(({ target }) =>
  choose((eye) => eye && { ...eye, strength: target.value / 100 }));
byId("after").onload = () => byId("compare").classList.remove("busy");
byId("after").onerror = () => {
  byId("compare").classList.remove("busy");
  byId("why").textContent = "These eyes cannot be rendered: try others.";
};
byId("eyes").onchange = () => {
  drawCandidates();
  showChoice();
};
otherTabs.onmessage = watch;
watch();
