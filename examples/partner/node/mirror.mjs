// A partner's mirror of public topics: their state in a database of its own, from the topics alone.
//
//     npm ci
//     node mirror.mjs librdkafka.properties mirror.db giz.mirror events.offer.v1 members.organisation.v1
//
// It does as ../mirror.py does, with the same tables. The settings are the file that comes with the credentials. The
// group's name begins with the organisation's, and the mirror is alone in its group; the places are in its database.
// Started for the first time it reads from the beginning, later from where it was. If it was away for longer than a
// topic remembers what is gone, or its database is of another topic or of another Kafka, since that one was lost, it
// reads from the beginning again and removes what it didn't meet. `--once` ends it when it has read all that is there.
// It uses @platformatic/kafka and nothing of Alumnibus.

import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { Consumer, ListOffsetTimestamps, stringDeserializers } from "@platformatic/kafka";
import { endWithReasons, readOptions } from "./client.mjs";

// A topic keeps what is gone as a record without a value for 30 days; who stays away longer may have missed it.
const LONGEST_ABSENCE = 29 * 24 * 3600;
const TABLES = `
CREATE TABLE IF NOT EXISTS state (
    topic TEXT, key TEXT, sequence TEXT, type TEXT, data TEXT, doubtful INTEGER DEFAULT 0, PRIMARY KEY (topic, key));
CREATE TABLE IF NOT EXISTS place (
    topic TEXT, partition INTEGER, next INTEGER, at REAL, PRIMARY KEY (topic, partition));
CREATE TABLE IF NOT EXISTS cluster (id TEXT PRIMARY KEY);
`;
// The same record again leaves the row as it is; one that comes late changes nothing. What is gone stays as a row
// without data, so that nothing late brings it back.
const LEARN = `
INSERT INTO state (topic, key, sequence, type, data) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (topic, key) DO UPDATE
SET sequence = excluded.sequence, type = excluded.type, data = excluded.data, doubtful = 0
WHERE excluded.sequence >= state.sequence`;

// The state of the topics and the places up to which it was read: both change in one transaction.
class Mirror {
  constructor(file) {
    this.database = new DatabaseSync(file);
    this.database.exec(TABLES);
  }

  // Places are forgotten that are of another Kafka.
  meet(cluster) {
    this.#commit(() => {
      if (this.#query("DELETE FROM cluster WHERE id <> ?").run(cluster).changes > 0) this.#query("DELETE FROM place").run();
      this.#query("INSERT OR IGNORE INTO cluster VALUES (?)").run(cluster);
    });
  }

  // Where to go on; undefined for whoever has to begin anew.
  findPlace({ topic, partition, beginning, end }) {
    const found = this.#query("SELECT next, at FROM place WHERE topic = ? AND partition = ?").get(topic, partition);
    if (found === undefined || now() - found.at >= LONGEST_ABSENCE) return undefined;
    const place = BigInt(found.next);
    return beginning <= place && place <= end ? place : undefined;
  }

  // What is known is doubtful until it is met again.
  doubt(topic) {
    this.#commit(() => {
      this.#query("UPDATE state SET doubtful = 1 WHERE topic = ?").run(topic);
      this.#query("DELETE FROM place WHERE topic = ?").run(topic);
    });
  }

  // Take in records, and that everything before these places was read.
  learn(records, places) {
    const learn = this.#query(LEARN);
    const put = this.#query("INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?)");
    this.#commit(() => {
      for (const { topic, key, value, headers } of records) {
        learn.run(topic, key, headers.get("ce_sequence"), headers.get("ce_type"), value ?? null);
      }
      for (const { topic, partition, offset } of places) put.run(topic, partition, offset, now());
    });
  }

  // Everything that is on the topic was met.
  dropDoubtful(topic) {
    this.#query("DELETE FROM state WHERE topic = ? AND doubtful = 1").run(topic);
  }

  countLiving(topic) {
    return this.#query("SELECT count(*) AS n FROM state WHERE topic = ? AND data IS NOT NULL").get(topic).n;
  }

  #query(text) {
    return this.database.prepare(text);
  }

  #commit(change) {
    this.database.exec("BEGIN");
    try {
      change();
      this.database.exec("COMMIT");
    } catch (error) {
      this.database.exec("ROLLBACK");
      throw error;
    }
  }
}

function now() {
  return Date.now() / 1000;
}

// Of each partition where it begins and ends now, and where the mirror goes on: where it was, or everywhere in the topic
// at the beginning.
async function goOn(consumer, mirror, topic) {
  const [beginnings, ends] = await Promise.all(
    [ListOffsetTimestamps.EARLIEST, ListOffsetTimestamps.LATEST].map((timestamp) =>
      consumer.listOffsets({ topics: [topic], timestamp }),
    ),
  );
  const partitions = ends
    .get(topic)
    .map((end, partition) => ({ topic, partition, beginning: beginnings.get(topic)[partition], end }));
  const places = partitions.map((partition) => mirror.findPlace(partition));
  if (!places.includes(undefined)) return partitions.map((each, number) => ({ ...each, offset: places[number] }));
  mirror.doubt(topic);
  return partitions.map((each) => ({ ...each, offset: each.beginning }));
}

// Take what was fetched: the places first, since everything before them waits in the stream then.
function take(stream, mirror, partitions) {
  const places = partitions.map(({ topic, partition }) => stream.offsetsToFetch.get(`${topic}:${partition}`));
  const moved = partitions.filter(({ offset }, number) => offset !== places[number]);
  partitions.forEach((each, number) => (each.offset = places[number]));
  const records = [];
  for (let record = stream.read(); record !== null; record = stream.read()) records.push(record);
  if (records.length > 0 || moved.length > 0) mirror.learn(records, moved);
}

// All that was there at the start was read; where the last records were cleaned away, the place alone says so.
function arrive(mirror, unread, partitions) {
  for (const topic of unread) {
    const own = partitions.filter((each) => each.topic === topic);
    if (own.some(({ offset, end }) => offset < end)) continue;
    mirror.learn([], own);
    mirror.dropDoubtful(topic);
    unread.delete(topic);
    console.log(`${topic}: ${mirror.countLiving(topic)} known`);
  }
}

// Read on from where the mirror is; with `once` until all that is there now was read.
async function follow(consumer, mirror, topics, once) {
  mirror.meet((await consumer.metadata({ topics })).id);
  const partitions = (await Promise.all(topics.map((topic) => goOn(consumer, mirror, topic)))).flat();
  const offsets = partitions.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
  const own = { mode: "manual", offsets, fallbackMode: "fail", autocommit: false };
  const stream = await consumer.consume({ topics, ...own, maxWaitTime: 200 });
  const unread = new Set(topics);
  await new Promise((resolve, reject) => {
    const proceed = () => {
      take(stream, mirror, partitions);
      arrive(mirror, unread, partitions);
      if (once && unread.size === 0) resolve();
    };
    stream.on("error", reject).on("readable", proceed).on("fetch", proceed);
  });
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { once: { type: "boolean" } } });
const [file, database, groupId, ...topics] = positionals;
const consumer = new Consumer({ ...readOptions(file), clientId: "mirror", groupId, deserializers: stringDeserializers });
await follow(consumer, new Mirror(database), topics, values.once).catch(endWithReasons);
await consumer.close(true);
