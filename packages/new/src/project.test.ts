import { describe, expect, test } from "vitest";
import { projectLanguages, templateNames, templates } from "./kinds.ts";
import { createProject, type Project } from "./project.ts";

const create = (language: (typeof projectLanguages)[number], template = templateNames[0] ?? "trace", name = "page-faults"): Project =>
  createProject({ name, language, template, version: "1.2.3" });

const pathsOf = (project: Project): string[] => [...project.files].map(({ path }) => path);

const textOf = (project: Project, path: string): string => {
  const contents = project.files.get(path);
  return typeof contents === "string" ? contents : "";
};

describe.each(projectLanguages)("a %s project", (language) => {
  test.each(templateNames)("of the template %s is complete, and says how it is built, run and what it does", (template) => {
    const project = create(language, template);
    const readme = textOf(project, "README.md");
    for (const words of [project.run, project.source, project.generated, templates[template].description, templates[template].usage])
      expect(readme).toContain(words);
    expect(pathsOf(project)).toEqual(expect.arrayContaining([".gitignore", project.source, ...project.executables]));
    for (const path of pathsOf(project)) {
      const text = textOf(project, path);
      expect(text, path).toMatch(/[^\s]\n$/);
      expect(text, path).not.toMatch(/\{\{|undefined|\[object|[ \t]$/m);
    }
  });

  test("looks into the sums before it calls lbc, and calls it for the same files", () => {
    const project = create(language);
    const all = pathsOf(project)
      .map((path) => textOf(project, path))
      .join("\n");
    expect(all).toContain(`sha256sum --check --status ${project.sums}`);
    expect(all).toMatch(new RegExp(`gen ${project.source} --lang ${language} .*--out ${project.generated} --sums ${project.sums}`));
  });
});

test("a project has the files that its ecosystem expects", () => {
  const files = Object.fromEntries(projectLanguages.map((language) => [language, pathsOf(create(language))]));
  expect(files).toMatchInlineSnapshot(`
    {
      "c": [
        ".gitignore",
        "CMakeLists.txt",
        "Makefile",
        "README.md",
        "bpf/page_faults.bpf.c",
        "main.c",
        "tests/run.sh",
      ],
      "go": [
        ".gitignore",
        "README.md",
        "bpf/page_faults.bpf.c",
        "go.mod",
        "main.go",
        "main_test.go",
      ],
      "python": [
        ".gitignore",
        "README.md",
        "bpf/page_faults.bpf.c",
        "hatch_build.py",
        "page_faults/__init__.py",
        "page_faults/__main__.py",
        "pyproject.toml",
        "tests/test_page_faults.py",
      ],
      "rust": [
        ".gitignore",
        "Cargo.toml",
        "README.md",
        "bpf/page_faults.bpf.c",
        "build.rs",
        "src/main.rs",
        "tests/trace.rs",
      ],
      "typescript": [
        ".gitignore",
        "README.md",
        "bpf/page_faults.bpf.c",
        "package.json",
        "src/main.ts",
        "test/trace.test.ts",
        "tsconfig.json",
      ],
    }
  `);
});

test("what names the functions of processes asks for the library that does", () => {
  expect(textOf(create("c", "profile"), "Makefile")).toContain("--libs clbc-symbols)");
  expect(textOf(create("c", "trace"), "Makefile")).toContain("--libs clbc)");
  expect(textOf(create("rust", "profile"), "Cargo.toml")).toContain('rlbc = { version = "1.2.3", features = ["symbolize"] }\n');
  expect(textOf(create("rust", "trace"), "Cargo.toml")).toContain('rlbc = "1.2.3"\n');
});

test("the path of a Go module stands in its imports", () => {
  const project = create("go", "trace", "github.com/you/page-faults");
  expect(textOf(project, "go.mod")).toMatch(/^module github\.com\/you\/page-faults$/m);
  expect(textOf(project, "main.go")).toContain('"github.com/you/page-faults/internal/pagefaults"');
});

test("package.json is JSON, with the scope in its name", () => {
  const manifest: unknown = JSON.parse(textOf(create("typescript", "trace", "@you/hello"), "package.json"));
  expect(manifest).toMatchObject({ name: "@you/hello", dependencies: { "@lbc/runtime": "^1.2.3" } });
});
