import { allocateNames, convertCase, type NamingPolicy } from "@lbc/emit";

/** Keywords of Python 3.9 to 3.14; soft ones (`match`, `type`) are fine as attributes. */
const keywords = `False None True and as assert async await break class continue def del elif else except finally for from global if import
  in is lambda nonlocal not or pass raise return try while with yield`.split(/\s+/);

/** What a generated class body refers to, and its annotations: a member of that name would hide it. */
const annotations = ["Sequence", "TYPE_CHECKING", "bool", "bytes", "float", "int", "self", "str"];

/** PEP 8 wants none of these: they look like 1 and 0. */
const ambiguous = ["I", "O", "l"];

/** What `pylbc.types.Struct` itself has. */
const ofStruct = ["SIZE", "from_bytes", "to_bytes", "_fields", "_codec"];

/** What `enum.IntEnum` has, `int` and `mro` included. */
const ofEnum = `as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer mro name numerator real to_bytes
  value`.split(/\s+/);

/** What generated modules import or define besides the object's own types. */
const ofModules = `ArrayMap AutoProgram BloomFilter CgroupProgram Embedded EventStream FixedEventStream FreplaceProgram HashMap
  IterProgram KprobeMultiProgram KprobeProgram KsyscallProgram Map MapSet NetfilterProgram NetkitProgram NetnsProgram
  Object PerfEventProgram Program ProgramSet Queue RawEventStream RawTracepointProgram ReferenceMap Sequence Skeleton
  SocketFilterProgram SockmapProgram StructOps TcProgram TcxProgram TracepointProgram TYPE_CHECKING UprobeMultiProgram
  UprobeProgram UsdtProgram UserRing XdpProgram`.split(/\s+/);

const ofSkeleton = `NAME OBJECT attach bpf close detach links load maps open programs`.split(/\s+/);

const policy = (reserved: Iterable<string>, prefix: string): NamingPolicy => ({
  case: "unchanged",
  reserved: new Set([...keywords, ...reserved]),
  escape: (name) => `${name}_`,
  prefix,
});

/** C names stay as they are wherever Python takes them. */
const memberNames = (reserved: Iterable<string>): NamingPolicy => policy(reserved, "_");

/** Classes: `struct tcp_event` is `TcpEvent`. */
const classNames: NamingPolicy = { ...policy(ofModules, "T"), case: "PascalCase" };

/**
 * Python rewrites `__name` in a class body to `_Class__name`, and takes `__name__` and an enum's `_name_` for its own: such names lose
 * their leading underscores.
 */
function unmangled(name: string): string {
  return /^__|^_.*_$/.test(name) ? name.replace(/^_+/, "") : name;
}

/** A name that Python takes as it is keeps it, whatever another one is changed to. */
function allocate(names: readonly string[], reserved: Iterable<string>): string[] {
  const policy = memberNames(reserved);
  const own = allocateNames(
    names.filter((name) => unmangled(name) === name),
    policy,
  );
  const changed = allocateNames(names.filter((name) => unmangled(name) !== name).map(unmangled), policy, own);
  const [nextOwn, nextChanged] = [own.values(), changed.values()];
  return names.map((name) => (unmangled(name) === name ? nextOwn : nextChanged).next().value ?? "");
}

/** Attributes of a struct, union or section; `inUse` are names that the class body refers to. */
export function fieldNames(names: readonly string[], inUse: Iterable<string>): string[] {
  return allocate(names, [...annotations, ...ambiguous, ...ofStruct, ...inUse]);
}

export function enumeratorNames(names: readonly string[]): string[] {
  return allocate(names, [...ambiguous, ...ofEnum]);
}

/** Attributes of the maps or the programs. */
export function attributeNames(names: readonly string[]): string[] {
  return allocate(names, []);
}

/** Attributes of the skeleton: the sections. */
export function sectionAttributes(idents: readonly string[]): string[] {
  return allocateNames(idents, memberNames(ofSkeleton));
}

/** Classes of one package, all in one scope: the skeleton's first, then those of the sections, then the types. */
export function classesOf(names: readonly string[]): string[] {
  return allocateNames(names, classNames);
}

/** What pylbc and numpy import, and what that imports in turn: a package of the same name beside a program would take its place. */
const imported =
  `pylbc abc array ast atexit base64 binascii bisect builtins bz2 calendar codecs collections contextlib contextvars copy copyreg csv
  ctypes dataclasses datetime dis email encodings enum errno fcntl fnmatch functools genericpath hashlib importlib inspect io ipaddress
  itertools keyword linecache locale logging lzma marshal math mmap ntpath numbers numpy opcode operator os pathlib pickle pkgutil
  platform posix posixpath quopri random re reprlib select selectors shutil signal site socket stat string struct subprocess sys sysconfig
  tempfile textwrap threading time token tokenize traceback types typing urllib warnings weakref zipfile zipimport zlib`
    .trim()
    .split(/\s+/);

/** The package's own name: an identifier, because it is imported. */
export function packageName(objectName: string): string {
  const [name = "_"] = allocateNames([convertCase(objectName, "unchanged")], memberNames(imported));
  return name;
}
