import { chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { BuildError, buildObject, combine, emitSdks, type Language, objectName, readLayout, version, writeFiles } from "@lbc/build";
import { createProject, NewError, type Project, type ProjectOptions } from "@lbc/new";
import { objectFile } from "./build.ts";
import type { Io } from "./io.ts";
import { type ExitCode, exitCodes, hintLine, reportError } from "./report.ts";
import { ownSources, sumsOf } from "./sums.ts";

export type NewOptions = Omit<ProjectOptions, "version">;

/** `lbc new`: a whole project in a folder of its own below the current one, or nothing. */
export async function newProject(options: NewOptions, io: Io): Promise<ExitCode> {
  try {
    const project = createProject({ ...options, version });
    await refuseWhatIsThere(project.name);
    const problem = await writeProject(project, options.language);
    if (problem !== undefined)
      io.stderr.write(
        `${project.name}: note: the first build has to make ${project.generated}: ${problem.message}\n${hintLine(problem.hint)}`,
      );
    io.stdout.write(nextSteps(project, options));
    return exitCodes.done;
  } catch (error) {
    return reportError(error, io, false);
  }
}

/** An empty folder is as good as none. */
async function refuseWhatIsThere(folder: string): Promise<void> {
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? [] : [error.code]));
  if (there.length === 0) return;
  const hint = "choose another name, or move away what is there";
  throw new NewError("folder-not-empty", { file: folder, message: "is there already, and is not empty", hint });
}

/** Makes the project beside its place, and moves it there when it is complete. Returns why it has no skeleton yet, if it has none. */
async function writeProject(project: Project, language: Language): Promise<BuildError | undefined> {
  const { name, files, executables } = project;
  const staging = await mkdtemp(resolve(".lbc-new-")).catch((cause: Error) => {
    throw cannotWrite(name, cause);
  });
  try {
    const folder = join(staging, name);
    await mkdir(folder);
    await writeFiles(files, folder);
    for (const path of executables) await chmod(join(folder, path), 0o755);
    const problem = await writeSkeleton(project, language, folder);
    await rename(folder, name).catch((cause: Error) => {
      throw cannotWrite(name, cause);
    });
    return problem;
  } catch (error) {
    // Nobody but lbc knows the folder beside the project's place.
    const isStaged = error instanceof BuildError && error.code === "cannot-write" && error.place.file?.startsWith(staging) === true;
    throw isStaged && error.cause instanceof Error ? cannotWrite(name, error.cause) : error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** What `lbc gen` will make again when the source has changed. A machine without clang may have to leave it to another. */
async function writeSkeleton({ source, generated, sums }: Project, language: Language, folder: string): Promise<BuildError | undefined> {
  try {
    // The object tells where its source is: in the project, not in the folder that is moved away.
    const { object, dependencies } = await buildObject([join(folder, source)], { flags: [`-ffile-prefix-map=${folder}/=`] });
    const name = objectName(objectFile(source));
    const sdks = await emitSdks(object, readLayout(object, { name }), { languages: [language], source: `${name}.bpf.o`, module: true });
    const written = await sumsOf(await ownSources(join(folder, source), dependencies), folder);
    await writeFiles(combine(sdks).below(generated).add(sums, written), folder);
    return undefined;
  } catch (error) {
    if (error instanceof BuildError && error.code !== "cannot-write") return error;
    throw error;
  }
}

function cannotWrite(file: string, cause: Error): BuildError {
  const hint = "check that the current folder can be written and the disk is not full";
  return new BuildError("cannot-write", { file, message: `cannot write: ${cause.message}`, hint, cause });
}

function nextSteps({ name, build, run }: Project, { language, template }: NewOptions): string {
  return `${name}: a ${language} project (${template}). Next:\n  cd ${name} && ${build}\n  sudo ${run}\n`;
}
