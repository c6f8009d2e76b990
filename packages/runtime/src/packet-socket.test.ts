import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readSync } from "node:fs";
import { expect, test } from "vitest";
import { PacketSocket } from "./packet-socket.ts";
import { FakeSys } from "./sys/fake.test.support.ts";

test("a packet socket receives what is sent on its interface", async () => {
  using socket = PacketSocket.open("lo");
  const sender = createSocket("udp4");
  sender.send("a packet that only this test sends", 9, "127.0.0.1");
  sender.send("and its end", 9, "127.0.0.1", () => sender.close());
  await once(sender, "close");
  const packet = Buffer.alloc(2048);
  const texts: string[] = [];
  // Others may use the interface too; reading fails once all has been shown.
  expect(() => {
    for (;;) texts.push(packet.toString("latin1", 0, readSync(socket.fd, packet)));
  }).toThrow("EAGAIN");
  expect(texts.some((text) => text.endsWith("a packet that only this test sends"))).toBe(true);
});

test("an interface that does not exist is named in the error", () => {
  expect(() => PacketSocket.open("nosuch0")).toThrow("there is no network interface nosuch0");
});

test("closing twice closes the descriptor once", () => {
  const sys = new FakeSys({});
  const socket = PacketSocket.open("lo", sys);
  socket.close();
  expect(sys.openFds.size).toBe(0);
  const next = PacketSocket.open("lo", sys);
  socket.close();
  expect(sys.openFds).toEqual(new Set([next.fd]));
});
