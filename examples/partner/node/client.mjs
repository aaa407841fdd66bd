// What the programs here share: how they sign in, and how they say why they can't.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

// How a client finds the brokers and signs in: what the file says that a partner gets with the credentials.
export function readOptions(file) {
  const lines = readFileSync(file, "utf8").split("\n").filter((line) => line.includes("="));
  const settings = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2)));
  const [username, password, authority] = ["sasl.username", "sasl.password", "ssl.ca.location"].map(
    (name) => settings[name],
  );
  return {
    bootstrapBrokers: settings["bootstrap.servers"].split(","),
    tls: authority && { ca: readFileSync(join(dirname(file), authority)) },
    sasl: username && { mechanism: "SCRAM-SHA-512", username, password },
  };
}

// The client wraps its errors in one another: the innermost ones are the reasons.
export function endWithReasons(error) {
  console.error([...new Set(findReasons(error))].join(" "));
  process.exit(1);
}

function findReasons(error) {
  const inner = [...(error.errors ?? []), error.cause].filter((each) => each instanceof Error);
  return inner.length > 0 ? inner.flatMap(findReasons) : [error.message];
}
