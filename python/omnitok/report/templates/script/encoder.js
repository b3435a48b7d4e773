// An encoder for a vocabulary as `report/playground.py` packs it. A byte is a character of a string here, so that slices of
// a word are keys of a map.
const inflate = async (text) => {
  const packed = Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

const numbersOf = (bytes) => {
  let place = 0;
  const next = () => {
    let value = 0, shift = 0, byte;
    do { byte = bytes[place++]; value += (byte & 127) * 2 ** shift; shift += 7; } while (byte & 128);
    return value;
  };
  const take = (length) => {
    let text = "";
    for (const end = place + length; place < end; place++) text += String.fromCharCode(bytes[place]);
    return text;
  };
  return { next, take, isOver: () => place >= bytes.length };
};

// The smallest of many [key, place] pairs first.
class Heap {
  items = [];
  push(item) {
    let at = this.items.push(item) - 1;
    for (let up; at > 0 && Heap.isBefore(item, this.items[up = (at - 1) >> 1]); at = up) this.items[at] = this.items[up];
    this.items[at] = item;
  }
  pop() {
    const first = this.items[0], last = this.items.pop();
    if (this.items.length === 0) return first;
    let at = 0;
    for (let down; (down = 2 * at + 1) < this.items.length; at = down) {
      if (down + 1 < this.items.length && Heap.isBefore(this.items[down + 1], this.items[down])) down++;
      if (!Heap.isBefore(this.items[down], last)) break;
      this.items[at] = this.items[down];
    }
    this.items[at] = last;
    return first;
  }
  static isBefore(one, other) { return one.key < other.key || (one.key === other.key && one.place < other.place); }
}

class Encoder {
  static async load(packed) {
    const encoder = new Encoder();
    encoder.name = packed.name;
    encoder.words = new RegExp(packed.regex, "gv");
    encoder.normalizer = packed.normalizer;
    encoder.wholeWords = packed.whole_words;
    encoder.ids = new Map();
    encoder.tokens = new Map();
    const numbers = numbersOf(await inflate(packed.tokens));
    for (let id = -1; !numbers.isOver();) {
      id += numbers.next() + 1;
      const token = numbers.take(numbers.next());
      encoder.ids.set(token, id);
      encoder.tokens.set(id, token);
    }
    if (packed.merges) {
      encoder.order = new Map();
      const pairs = numbersOf(await inflate(packed.merges));
      while (!pairs.isOver()) encoder.order.set(encoder.pair(pairs.next(), pairs.next()), encoder.order.size);
    }
    return encoder;
  }

  pair(left, right) { return left * 2 ** 26 + right; }

  // When two tokens beside each other merge, and undefined if they never do. Lower is earlier.
  priority(left, right) {
    return this.order ? this.order.get(this.pair(this.ids.get(left), this.ids.get(right))) : this.ids.get(left + right);
  }

  // The text that is cut: what UTF-8 cannot hold is replaced, as TextEncoder does.
  shown(text) { return (this.normalizer ? text.normalize(this.normalizer.toUpperCase()) : text).toWellFormed(); }

  encode(text) {
    const utf8 = new TextEncoder();
    const ids = [];
    for (const [word] of this.shown(text).matchAll(this.words)) {
      const bytes = Array.from(utf8.encode(word), (byte) => String.fromCharCode(byte)).join("");
      const known = this.wholeWords ? this.ids.get(bytes) : undefined;
      if (known !== undefined) ids.push(known);
      else this.merge(bytes, ids);
    }
    return ids;
  }

  // Merges the bytes of a word, the earliest merge first and of equal ones the leftmost. n log n.
  merge(bytes, ids) {
    const parts = Array.from(bytes), count = parts.length;
    const next = parts.map((_, place) => place + 1), before = parts.map((_, place) => place - 1);
    const heap = new Heap();
    const offer = (place) => {
      if (place < 0 || next[place] >= count) return;
      const key = this.priority(parts[place], parts[next[place]]);
      if (key !== undefined) heap.push({ key, place, left: parts[place], right: parts[next[place]] });
    };
    for (let place = 0; place < count; place++) offer(place);
    while (heap.items.length) {
      const { place, left, right } = heap.pop();
      const other = next[place];
      if (parts[place] !== left || other >= count || parts[other] !== right) continue;
      parts[place] = left + right;
      parts[other] = null;
      next[place] = next[other];
      if (next[place] < count) before[next[place]] = place;
      offer(before[place]);
      offer(place);
    }
    for (let place = 0; place < count; place = next[place]) ids.push(this.ids.get(parts[place]));
  }
}
