import type { ProjectLanguage, Template } from "./kinds.ts";
import type { Names } from "./names.ts";

/** Where a language's projects have what. */
interface Shape {
  /** Whether the skeleton is a module of the project's own package. */
  readonly module?: boolean;
  readonly of: (names: Names, template: Template) => Layout;
}

interface Layout {
  /** Each file, and the template in the language's folder that makes it. */
  readonly files: Readonly<Record<string, string>>;
  readonly executables?: readonly string[];
  readonly generated: string;
  readonly build: string;
  readonly run: string;
}

export const shapes: Readonly<Record<ProjectLanguage, Shape>> = {
  c: {
    of: ({ name }, template) => ({
      files: {
        ".gitignore": "gitignore",
        "CMakeLists.txt": "CMakeLists.txt",
        Makefile: "Makefile",
        "README.md": "README.md",
        "main.c": `${template}.c`,
        "tests/run.sh": `${template}.sh`,
      },
      executables: ["tests/run.sh"],
      generated: "generated",
      build: "make",
      run: `./${name}`,
    }),
  },
  go: {
    of: ({ name, package: skeleton }, template) => ({
      files: {
        ".gitignore": "gitignore",
        "README.md": "README.md",
        "go.mod": "go.mod",
        "main.go": `${template}.go`,
        "main_test.go": `${template}_test.go`,
      },
      generated: `internal/${skeleton}`,
      build: "go mod tidy && go build",
      run: `./${name}`,
    }),
  },
  python: {
    of: ({ name, identifier }, template) => ({
      files: {
        ".gitignore": "gitignore",
        "README.md": "README.md",
        "hatch_build.py": "hatch_build.py",
        "pyproject.toml": "pyproject.toml",
        [`${identifier}/__init__.py`]: "init.py",
        [`${identifier}/__main__.py`]: `${template}.py`,
        [`tests/test_${identifier}.py`]: `${template}_test.py`,
      },
      generated: `${identifier}/generated`,
      build: "python3 -m venv .venv && .venv/bin/pip install --editable .",
      run: `.venv/bin/${name}`,
    }),
  },
  rust: {
    module: true,
    of: ({ name }, template) => ({
      files: {
        ".gitignore": "gitignore",
        "Cargo.toml": "Cargo.toml",
        "README.md": "README.md",
        "build.rs": "build.rs",
        "src/main.rs": `${template}.rs`,
        [`tests/${template}.rs`]: `${template}_test.rs`,
      },
      generated: "src/skel",
      build: "cargo build",
      run: `target/debug/${name}`,
    }),
  },
  typescript: {
    of: (_, template) => ({
      files: {
        ".gitignore": "gitignore",
        "README.md": "README.md",
        "package.json": "package.json",
        "tsconfig.json": "tsconfig.json",
        "src/main.ts": `${template}.ts`,
        [`test/${template}.test.ts`]: `${template}_test.ts`,
      },
      generated: "src/generated",
      build: "npm install",
      run: "npm start --silent",
    }),
  },
};
