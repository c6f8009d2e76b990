import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { execa } from "execa";

interface Manifest {
  readonly name: string;
  readonly version: string;
}

/** Serves packed tarballs as an npm registry does, on loopback: enough for `npm install` and `npx` of one scope. */
export class NpmRegistry implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = urlOf(server);
  }

  /** @see https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md */
  static async serve(tarballs: string): Promise<NpmRegistry> {
    const packages = new Map<string, Manifest & { readonly file: string; readonly bytes: Buffer }>();
    for (const file of await readdir(tarballs)) {
      const { stdout } = await execa("tar", ["-xzOf", join(tarballs, file), "package/package.json"]);
      const manifest = JSON.parse(stdout) as Manifest;
      packages.set(`/${manifest.name}`, { ...manifest, file, bytes: await readFile(join(tarballs, file)) });
    }
    const server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? "");
      const found = packages.get(path);
      const tarball = [...packages.values()].find(({ file }) => path === `/${file}`);
      if (tarball !== undefined) response.end(tarball.bytes);
      else if (found === undefined) response.writeHead(404).end();
      else response.setHeader("content-type", "application/json").end(JSON.stringify(metadata(found, urlOf(server))));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return new NpmRegistry(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

function metadata({ file, bytes, ...manifest }: Manifest & { readonly file: string; readonly bytes: Buffer }, url: string): object {
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  return {
    name: manifest.name,
    "dist-tags": { latest: manifest.version },
    versions: { [manifest.version]: { ...manifest, dist: { tarball: `${url}${file}`, integrity } } },
  };
}
