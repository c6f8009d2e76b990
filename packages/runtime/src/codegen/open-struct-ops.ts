import type { OpenStructOps } from "../load/open-object.ts";
import type { ProgramOptions } from "./object.ts";
import { type StructView, sectionView, type Values } from "./struct-view.ts";

type ViewClass<View extends StructView> = { readonly size: number; new (view: DataView, offset: number): View };

/** What `open()` can change of kernel operations: whether they are made and registered, and their members that are data. */
export type StructOpsOptions<Open> = ProgramOptions &
  (Open extends TypedStructOps<infer View> ? { readonly fields?: Values<View> } : unknown);

/** Kernel operations before they are loaded, with accessors to their members that are data. */
export class TypedStructOps<View extends StructView> {
  /** The same by bytes. */
  readonly object: OpenStructOps;
  readonly #View: ViewClass<View>;

  constructor(object: OpenStructOps, View: ViewClass<View>) {
    this.object = object;
    this.#View = View;
  }

  /** Whether `load()` makes them, and loads the programs in them. */
  get autoload(): boolean {
    return this.object.autoload;
  }
  set autoload(value: boolean) {
    this.object.autoload = value;
  }

  /** Whether the object's `attach()` registers them. */
  get autoattach(): boolean {
    return this.object.autoattach;
  }
  set autoattach(value: boolean) {
    this.object.autoattach = value;
  }

  /** The members that are data; some of them at once where values are assigned. Throws RuntimeError `already-loaded` after `load()`. */
  get fields(): View {
    return sectionView(this.object, this.#View);
  }
  set fields(values: Values<View>) {
    Object.assign(this.fields, values);
  }
}
