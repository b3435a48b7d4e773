// The playground: what a reader types, cut by each vocabulary that the page carries. Without script the section stays hidden.
const playground = document.getElementById("playground");
if (playground && "DecompressionStream" in window && "Segmenter" in Intl) {
  const input = playground.querySelector("textarea");
  const panels = [...playground.querySelectorAll(".panel")];
  const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });
  const utf8 = new TextEncoder();
  let encoders;

  // What tokens and characters have in common: a piece ends where both end, so that no half of a character is drawn.
  const pieces = (encoder, text, ids) => {
    const found = [];
    let token = 0, tokenEnd = 0, characterEnd = 0, piece = { text: "", ids: [] };
    for (const { segment } of graphemes.segment(encoder.shown(text))) {
      piece.text += segment;
      characterEnd += utf8.encode(segment).length;
      while (tokenEnd < characterEnd) {
        tokenEnd += encoder.tokens.get(ids[token]).length;
        piece.ids.push(ids[token++]);
      }
      if (tokenEnd === characterEnd) {
        found.push(piece);
        piece = { text: "", ids: [] };
      }
    }
    return found;
  };

  const draw = (panel, encoder, text) => {
    const ids = encoder.encode(text);
    const shown = encoder.shown(text);
    panel.querySelector(".count").textContent = ids.length.toLocaleString("en");
    panel.querySelector(".per").textContent = ids.length
      ? `${([...graphemes.segment(shown)].length / ids.length).toFixed(2)} characters a token, ${(utf8.encode(shown).length / ids.length).toFixed(2)} bytes`
      : "";
    const line = panel.querySelector(".pieces");
    line.replaceChildren(...pieces(encoder, text, ids).map((piece, number) => {
      const span = document.createElement("span");
      span.className = `piece p${number % 4}${piece.ids.length > 1 ? " several" : ""}`;
      span.textContent = piece.text.replaceAll("\n", "↵\n");
      span.title = piece.ids.length > 1 ? `${piece.ids.length} tokens: ${piece.ids.join(" ")}` : `token ${piece.ids[0]}`;
      return span;
    }));
    panel.querySelector(".ids").textContent = ids.join(" ");
  };

  const update = async () => {
    encoders ??= Promise.all(panels.map((panel) =>
      Encoder.load(JSON.parse(document.getElementById(panel.dataset.vocabulary).textContent))));
    const ready = await encoders;
    panels.forEach((panel, number) => draw(panel, ready[number], input.value));
    playground.dataset.state = "ready";
  };

  let waiting;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(update, 60);
  });
  playground.hidden = false;
  document.getElementById("to-playground").hidden = false;
  // A vocabulary takes half a second to read: only when the reader comes to it.
  const watcher = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) {
      watcher.disconnect();
      update();
    }
  });
  watcher.observe(playground);
}
