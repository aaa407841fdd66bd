// A partner's reader: tells each record of public topics from their beginning, as lines of JSON.
//
//     npm ci
//     node read.mjs librdkafka.properties giz.reader members.member.v1 events.offer.v1
//
// The settings are a file that a partner gets with the credentials; the authority's file lies beside it. The group's
// name begins with the organisation's. It uses the official SDK of CloudEvents, @platformatic/kafka, and nothing of
// Alumnibus.

import { Kafka as Binding } from "cloudevents";
import { Consumer, ListOffsetTimestamps, stringDeserializers } from "@platformatic/kafka";
import { endWithReasons, readOptions } from "./client.mjs";

const [file, groupId, ...topics] = process.argv.slice(2);
const consumer = new Consumer({ ...readOptions(file), clientId: "reader", groupId, deserializers: stringDeserializers });

// Of a thing that is gone a record without a value tells, which the SDK refuses: look at the value before it does.
function tell({ topic, key, value, headers }) {
  if (value === undefined) return { topic, key, gone: headers.get("ce_type") };
  const event = Binding.toEvent({ key, value, headers: Object.fromEntries(headers) });
  event.validate(); // throws where an attribute isn't as CloudEvents wants it
  return { topic, key, event: event.toJSON() };
}

// Where each partition ends now, by "topic:partition", of those that hold anything.
async function findEnds() {
  const beginnings = await consumer.listOffsets({ topics, timestamp: ListOffsetTimestamps.EARLIEST });
  const ends = await consumer.listOffsets({ topics, timestamp: ListOffsetTimestamps.LATEST });
  const places = topics.flatMap((topic) => ends.get(topic).map((end, number) => [topic, number, end]));
  const filled = places.filter(([topic, number, end]) => end > beginnings.get(topic)[number]);
  return new Map(filled.map(([topic, number, end]) => [`${topic}:${number}`, end]));
}

async function read() {
  const ends = await findEnds();
  if (ends.size === 0) return;
  for await (const record of await consumer.consume({ topics, mode: "earliest", maxWaitTime: 200 })) {
    console.log(JSON.stringify(tell(record)));
    const place = `${record.topic}:${record.partition}`;
    if (record.offset + 1n >= ends.get(place)) ends.delete(place);
    if (ends.size === 0) return;
  }
}

await read().catch(endWithReasons);
await consumer.close(true);
