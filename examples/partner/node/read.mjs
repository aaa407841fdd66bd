// A partner's reader: tells each record of public topics from their beginning, as lines of JSON.
//
//     npm ci
//     node read.mjs 127.0.0.1:9092 members.member.v1 events.offer.v1
//
// It uses the official SDK of CloudEvents, kafkajs, and nothing of Alumnibus.

import { randomUUID } from "node:crypto";
import { Kafka as Binding } from "cloudevents";
import { Kafka, logLevel } from "kafkajs";

const [servers, ...topics] = process.argv.slice(2);
const kafka = new Kafka({ brokers: servers.split(","), logLevel: logLevel.ERROR });

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
  const consumer = kafka.consumer({ groupId: randomUUID() });
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
