package io.tilefold.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.key.ShardSet;
import io.tilefold.ingest.Flights;
import io.tilefold.ingest.apply.ActiveCatalog;
import io.tilefold.ingest.log.RecordEffects;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a record's value means to the GroupBys of its topic. */
class TopicProgramTest {
    private static final String TOPIC = "flights";
    private static final long TIME_MS = Flights.FEBRUARY_MS;
    private static final long MAX_FUTURE_MS = 60_000;

    private static TopicProgram program;
    private final RecordEffects effects = new RecordEffects();

    @BeforeAll
    static void compile() {
        byte[] catalog = Flights.catalog(Flights.airport(TOPIC), Flights.route(TOPIC), Flights.daily());
        program = TopicProgram.compile(ActiveCatalog.compile(1, 0, catalog), TOPIC, MAX_FUTURE_MS, ShardSet.all(4));
    }

    @Test
    void anEventFeedsEveryGroupByOfItsTopic() {
        assertThat(decide(Flights.json(TIME_MS, "JFK", "LAX", 5))).isEmpty();
        assertThat(effects.count()).isEqualTo(2);
    }

    @Test
    void wheresDropARowForTheirGroupByOnly() {
        assertThat(decide(Flights.json(TIME_MS, "NOWHERE", "LAX", 5))).isEmpty();
        assertThat(effects.count()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"origin\":\"JFK\",\"destination\":\"LAX\",\"delay\":1}", // no time
                "{\"ts\":980985600000,\"destination\":\"LAX\",\"delay\":1}", // no key
                "{\"ts\":980985600000,\"origin\":null,\"destination\":\"LAX\"}",
                "{}"
            })
    void nullTimesAndKeysAreCounted(String value) {
        assertThat(decide(value)).isEmpty();
        assertThat(effects.count()).isEqualTo(2);
        assertThat(effects.encodedLength()).isLessThan(64);
    }

    /** Each event is one group's, and what belongs to no key is counted, and put aside, by the group of shard 0. */
    @Test
    void aGroupKeepsTheKeysOfItsShards() {
        byte[] catalog = Flights.catalog(Flights.airport(TOPIC), Flights.daily());
        ActiveCatalog active = ActiveCatalog.compile(1, 0, catalog);
        TopicProgram first = TopicProgram.compile(active, TOPIC, MAX_FUTURE_MS, ShardSet.parse("0,2", 4));
        TopicProgram second = TopicProgram.compile(active, TOPIC, MAX_FUTURE_MS, ShardSet.parse("1,3", 4));
        int[] kept = new int[2];
        for (String airport : List.of("JFK", "LAX", "SFO", "ORD", "ATL", "SEA", "BOS", "DEN")) {
            String json = Flights.json(TIME_MS, airport, "LAX", 5);
            int shard =
                    KeyHash.shard(new KeyEncoder().reset().putString(airport).hash(), 4);

            assertThat(decide(first, json)).isEmpty();
            kept[0] += effects.count();
            assertThat(effects.count()).isEqualTo(shard % 2 == 0 ? 1 : 0);
            assertThat(decide(second, json)).isEmpty();
            kept[1] += effects.count();
            assertThat(effects.count()).isEqualTo(shard % 2);
        }
        assertThat(kept).doesNotContain(0);
        assertThat(kept[0] + kept[1]).isEqualTo(8);
        for (String keyless : List.of("{}", "{\"ts\":980985600000,\"origin\":null}")) {
            assertThat(decide(first, keyless)).isEmpty();
            assertThat(effects.count()).isEqualTo(1);
            assertThat(decide(second, keyless)).isEmpty();
            assertThat(effects.count()).isZero();
        }
        assertThat(decide(first, "no JSON")).isPresent();
        assertThat(effects.count()).isEqualTo(1);
        assertThat(decide(second, "no JSON")).isEmpty();
        assertThat(effects.count()).isZero();
    }

    @Test
    void missingInputsAreNull() {
        assertThat(decide("{\"ts\":980985600000,\"origin\":\"JFK\",\"destination\":\"LAX\"}"))
                .isEmpty();
        assertThat(effects.count()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "not json | malformed JSON",
                "{\"ts\":1 | malformed JSON",
                "[1] | not a JSON object but an array",
                "7 | not a JSON object but 7",
                "{} {} | more than one JSON object",
                "{\"delay\":\"5\"} | field delay of type int is a string",
                "{\"delay\":5.0} | field delay of type int is 5.0",
                "{\"delay\":3000000000} | does not hold 3000000000",
                "{\"ts\":99999999999999999999} | does not hold 99999999999999999999",
                "{\"origin\":7} | field origin of type string is 7",
                "{\"origin\":{\"a\":1}} | field origin of type string is an object",
                "{\"delay\":1,\"delay\":2} | field delay appears twice"
            })
    void whatIsNotTheSchemaIsUndecodable(String value, String problem) {
        assertThat(decide(value).orElse(""))
                .contains("airport")
                .contains("route")
                .contains(problem);
        assertThat(effects.count()).as("the dead letter itself").isEqualTo(1);
    }

    @Test
    void noValueIsUndecodable() {
        assertThat(decide(null).orElse("")).contains("no value");
    }

    @Test
    void aTimeTooFarBehindItsRecordIsUndecodable() {
        assertThat(decide(Flights.json(TIME_MS + MAX_FUTURE_MS, "JFK", "LAX", 5)))
                .isEmpty();
        assertThat(decide(Flights.json(TIME_MS + MAX_FUTURE_MS + 1, "JFK", "LAX", 5))
                        .orElse(""))
                .contains("60001 ms after the record's timestamp");
    }

    @Test
    void aDefinitionWithoutItsColumnsIsNamed() {
        byte[] catalog = Flights.catalog(Flights.airport(TOPIC));
        String broken = new String(catalog, StandardCharsets.ISO_8859_1).replace("CAST(delay", "CAST(deray");
        assertThatThrownBy(() -> TopicProgram.compile(
                        ActiveCatalog.compile(1, 0, broken.getBytes(StandardCharsets.ISO_8859_1)),
                        TOPIC,
                        0,
                        ShardSet.all(4)))
                .hasMessageContaining("GroupBy airport")
                .hasMessageContaining("deray");
    }

    private Optional<String> decide(@org.jspecify.annotations.Nullable String value) {
        return decide(program, value);
    }

    private Optional<String> decide(TopicProgram by, @org.jspecify.annotations.Nullable String value) {
        byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
        return by.decide(
                new ConsumerRecord<>(
                        TOPIC,
                        0,
                        0,
                        TIME_MS,
                        TimestampType.CREATE_TIME,
                        0,
                        0,
                        null,
                        bytes,
                        new RecordHeaders(),
                        Optional.empty()),
                by.places(),
                effects);
    }
}
