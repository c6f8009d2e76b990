import { RuntimeError } from "../errors.ts";

const inspect = Symbol.for("nodejs.util.inspect.custom");

/**
 * Typed accessors over memory: a union, whose members share their bytes, or a data section, which the programs change meanwhile.
 * `$` cannot stand in a C name, so a field never hides what begins with it.
 */
export abstract class StructView {
  protected readonly $offset: number;
  readonly #memory: DataView;

  constructor(view: DataView, offset: number) {
    this.#memory = view;
    this.$offset = offset;
  }

  /** Throws RuntimeError `closed` where the memory was a section of an object that is closed. */
  protected get $view(): DataView {
    const { buffer } = this.#memory;
    if (buffer instanceof ArrayBuffer && buffer.detached)
      throw new RuntimeError("closed", { message: "the object is closed, and its memory gone" });
    return this.#memory;
  }

  /** Every field as it is now. */
  toJSON(): Record<string, unknown> {
    const fields = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(this)));
    return Object.fromEntries(fields.filter(([, field]) => field.get !== undefined).map(([name, field]) => [name, field.get?.call(this)]));
  }

  /** What `console.log` shows. */
  [inspect](): Record<string, unknown> {
    return this.toJSON();
  }

  protected $copyTo(view: DataView, offset: number, size: number): void {
    const source = new Uint8Array(this.$view.buffer, this.$view.byteOffset + this.$offset, size);
    new Uint8Array(view.buffer, view.byteOffset + offset, size).set(source);
  }
}

/** Some of the fields of a view, as plain values. */
export type Values<View extends StructView> = Partial<Omit<View, keyof StructView>>;

/** Memory of its own for a view, with what `size` bytes at `offset` hold. */
export function copyOf(view: DataView, offset: number, size: number): DataView {
  const start = view.byteOffset + offset;
  return new DataView(view.buffer.slice(start, start + size));
}

/** Memory of its own for a view, all zeros. */
export function zeroed(size: number): DataView {
  return new DataView(new ArrayBuffer(size));
}

type ViewClass<View extends StructView> = { readonly size: number; new (view: DataView, offset: number): View };

/**
 * Typed accessors over a section. What is assigned to one that cannot change any more throws RuntimeError `already-loaded`. Throws
 * `codec-mismatch` where it is smaller than they need.
 */
export function sectionView<View extends StructView>(
  section: { readonly name: string; readonly view: DataView; readonly writable?: boolean },
  View: ViewClass<View>,
): View {
  const { name, view, writable = true } = section;
  if (view.byteLength < View.size) {
    throw new RuntimeError("codec-mismatch", { section: name, message: `${view.byteLength} bytes where ${View.size} are needed` });
  }
  return new (writable ? View : constantOf(View, name))(view, 0);
}

const constants = new WeakMap<object, unknown>();

/** The same accessors, made once, of which none assigns: TypeScript sees that they do not, JavaScript would not. */
function constantOf<View extends StructView>(View: ViewClass<View>, section: string): ViewClass<View> {
  const known = constants.get(View) as ViewClass<View> | undefined;
  if (known !== undefined) return known;
  const Constant = class extends (View as ViewClass<StructView>) {};
  for (const [name, { get, set }] of Object.entries(Object.getOwnPropertyDescriptors(View.prototype as object))) {
    if (get === undefined) continue;
    const refuse = (): never => {
      throw new RuntimeError("already-loaded", {
        section,
        type: name,
        message: `${name} is in ${section}, which programs read as constants once they are loaded`,
        hint: "set it before load(), or declare it without const",
      });
    };
    Object.defineProperty(Constant.prototype, name, set === undefined ? { get } : { get, set: refuse });
  }
  constants.set(View, Constant);
  return Constant as unknown as ViewClass<View>;
}
