// Watermill's SQL-to-Kafka forwarder, as its documentation wires it. It ends when its standard input does.
package main

import (
	"context"
	stdsql "database/sql"
	"io"
	"log"
	"os"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	"github.com/ThreeDotsLabs/watermill-sql/v4/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/components/forwarder"
	"github.com/ThreeDotsLabs/watermill/message"
	_ "github.com/lib/pq"
)

// The documentation's second between two empty polls would hide what the forwarder itself takes.
const poll = 10 * time.Millisecond

func main() {
	ctx, end := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		end()
	}()
	if err := forward(ctx, os.Getenv("DSN"), os.Getenv("KAFKA")); err != nil {
		log.Fatal(err)
	}
}

func forward(ctx context.Context, dsn string, brokers string) error {
	logger := watermill.NewStdLogger(false, false)
	db, err := stdsql.Open("postgres", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	subscriber, err := sql.NewSubscriber(sql.BeginnerFromStdSQL(db), sql.SubscriberConfig{
		SchemaAdapter:    sql.DefaultPostgreSQLSchema{},
		OffsetsAdapter:   sql.DefaultPostgreSQLOffsetsAdapter{},
		PollInterval:     poll,
		InitializeSchema: true,
	}, logger)
	if err != nil {
		return err
	}
	publisher, err := kafka.NewPublisher(kafka.PublisherConfig{
		Brokers:               []string{brokers},
		Marshaler:             kafka.NewWithPartitioningMarshaler(key),
		OverwriteSaramaConfig: acknowledgedByAll(),
	}, logger)
	if err != nil {
		return err
	}
	defer publisher.Close()
	relay, err := forwarder.NewForwarder(subscriber, publisher, logger, forwarder.Config{ForwarderTopic: "cards"})
	if err != nil {
		return err
	}
	return relay.Run(ctx)
}

func acknowledgedByAll() *sarama.Config {
	config := kafka.DefaultSaramaSyncPublisherConfig()
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Net.SASL.User, config.Net.SASL.Password = os.Getenv("KAFKA_USER"), os.Getenv("KAFKA_PASSWORD")
	config.Net.SASL.Enable = config.Net.SASL.User != ""
	return config
}

func key(_ string, message *message.Message) (string, error) {
	return message.Metadata.Get("ce_partitionkey"), nil
}
