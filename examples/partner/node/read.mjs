// A partner's reader: tells each record of public topics from their beginning, as lines of JSON.
//
//     npm ci
//     node read.mjs librdkafka.properties giz.reader members.member.v1 events.offer.v1
//
// The settings are a file that a partner gets with the credentials; the authority's file lies beside it. The group's
// name begins with the organisation's. It uses the official SDK of CloudEvents, kafkajs, and nothing of Alumnibus.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Kafka as Binding } from "cloudevents";
import { Kafka, logLevel } from "kafkajs";

const [file, groupId, ...topics] = process.argv.slice(2);
const kafka = new Kafka({ ...readOptions(file), logLevel: logLevel.ERROR });

// How the client finds the brokers and signs in.
function readOptions(file) {
  const lines = readFileSync(file, "utf8").split("\n").filter((line) => line.includes("="));
  const settings = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2)));
  const [username, password, authority] = ["sasl.username", "sasl.password", "ssl.ca.location"].map(
    (name) => settings[name],
  );
  return {
    brokers: settings["bootstrap.servers"].split(","),
    ssl: authority && { ca: readFileSync(join(dirname(file), authority)) },
    sasl: username && { mechanism: "scram-sha-512", username, password },
  };
}

// Of a thing that is gone a record without a value tells, which the SDK refuses: look at the value before it does.
function tell(topic, { key, value, headers }) {
  if (value === null) return { topic, key: String(key), gone: String(headers.ce_type) };
  const texts = Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, String(bytes)]));
  const event = Binding.toEvent({ key: String(key), value, headers: texts });
  event.validate(); // throws where an attribute isn't as CloudEvents wants it
  return { topic, key: String(key), event: event.toJSON() };
}

// Where each partition ends now, by "topic/partition", of those that hold anything.
async function findEnds() {
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map();
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      if (low !== high) ends.set(`${topic}/${partition}`, BigInt(high));
    }
  }
  await admin.disconnect();
  return ends;
}

async function read(ends) {
  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    if (ends.size === 0) resolve();
    consumer.run({
      eachMessage: async ({ topic, partition, message }) => {
        console.log(JSON.stringify(tell(topic, message)));
        const place = `${topic}/${partition}`;
        if (BigInt(message.offset) + 1n >= ends.get(place)) ends.delete(place);
        if (ends.size === 0) resolve();
      },
    });
  });
  await consumer.disconnect();
}

await read(await findEnds());
