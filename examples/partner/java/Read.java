// A partner's reader: tells each record of public topics from their beginning, as lines of JSON.
//
//     java -cp "jars/*" Read.java client.properties members.member.v1 events.offer.v1
//
// The settings are a file that a partner gets with the credentials; the authority's file lies in the working folder. In
// jars are org.apache.kafka:kafka-clients, io.cloudevents:cloudevents-kafka and io.cloudevents:cloudevents-json-jackson
// with what they need. It reads all partitions without a group. It uses the official SDK of CloudEvents, and nothing of
// Alumnibus.

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventDeserializer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

public class Read {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final JsonFormat FORMAT = new JsonFormat();

    public static void main(String... arguments) throws IOException {
        var settings = readSettings(Path.of(arguments[0]));
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new CloudEventDeserializer())) {
            read(consumer, Stream.of(arguments).skip(1).toList());
        }
    }

    private static Properties readSettings(Path file) throws IOException {
        var settings = new Properties();
        try (var text = Files.newBufferedReader(file)) {
            settings.load(text);
        }
        return settings;
    }

    private static void read(Consumer<String, CloudEvent> consumer, List<String> topics) throws IOException {
        var partitions = topics.stream()
                .flatMap(topic -> consumer.partitionsFor(topic).stream())
                .map(each -> new TopicPartition(each.topic(), each.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        var ends = consumer.endOffsets(partitions);
        while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
            for (var record : consumer.poll(Duration.ofMillis(200))) {
                System.out.println(MAPPER.writeValueAsString(tell(record)));
            }
        }
    }

    /** Of a thing that is gone a record without a value tells, which Kafka's client doesn't show to the SDK. */
    private static ObjectNode tell(ConsumerRecord<String, CloudEvent> record) throws IOException {
        var told = MAPPER.createObjectNode().put("topic", record.topic()).put("key", record.key());
        if (record.value() == null) {
            var type = record.headers().lastHeader("ce_type").value();
            return told.put("gone", new String(type, StandardCharsets.UTF_8));
        }
        return told.set("event", MAPPER.readTree(FORMAT.serialize(record.value())));
    }
}
