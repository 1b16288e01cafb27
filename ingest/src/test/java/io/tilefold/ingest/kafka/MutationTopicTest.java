package io.tilefold.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.ingest.Flights;
import io.tilefold.ingest.Orders;
import io.tilefold.ingest.Orders.Order;
import io.tilefold.ingest.apply.ActiveCatalog;
import io.tilefold.ingest.log.EventRangeWriter;
import io.tilefold.ingest.log.RecordEffects;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a mutation means to the GroupBys of its topic. */
class MutationTopicTest {
    private static final String TOPIC = "orders";
    private static final long MUTATION_MS = Flights.FEBRUARY_MS;
    private static final long PLACED_MS = MUTATION_MS - 5_000;
    private static final long MAX_FUTURE_MS = 60_000;
    private static final Order ORDER = new Order(1, "R1", 5, "open", PLACED_MS);

    private static Topic orders;

    /** A compiled catalog of which one topic is looked at. */
    private static final class Topic {
        private final ActiveCatalog catalog;
        private final TopicProgram program;
        private final RecordEffects effects = new RecordEffects();

        Topic(ShardSet shards, CompiledGroupBy... groupBys) {
            catalog = ActiveCatalog.compile(1, 0, Flights.catalog(groupBys));
            program = TopicProgram.compile(catalog, TOPIC, MAX_FUTURE_MS, shards);
        }

        Optional<String> decide(@Nullable String key, @Nullable String value) {
            byte[] keyBytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
            byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
            return program.decide(
                    new ConsumerRecord<>(
                            TOPIC,
                            0,
                            0,
                            MUTATION_MS,
                            TimestampType.CREATE_TIME,
                            0,
                            0,
                            keyBytes,
                            bytes,
                            new RecordHeaders(),
                            Optional.empty()),
                    program.places(),
                    effects);
        }

        List<String> effects() {
            return new DescribedEffects(catalog).of(effects);
        }

        /** Of a record that is applied. */
        List<String> effects(String value) {
            assertThat(decide(null, value)).isEmpty();
            return effects();
        }
    }

    @BeforeAll
    static void compile() {
        orders = new Topic(ShardSet.all(4), Orders.byRider(TOPIC));
    }

    private static List<String> mutation(@Nullable Order before, @Nullable Order after) {
        return orders.effects(Orders.envelope(before, after, MUTATION_MS));
    }

    private static String line(String rest) {
        return "orders_by_rider MUTATION at " + MUTATION_MS + " of " + rest;
    }

    @Test
    void anInsertHasARowAfterAndADeleteOneBefore() {
        assertThat(mutation(null, ORDER)).containsExactly(line("[r1]: none to [r1, 5]@" + PLACED_MS));
        assertThat(mutation(ORDER, null)).containsExactly(line("[r1]: [r1, 5]@" + PLACED_MS + " to none"));
    }

    @Test
    void anUpdateOfAValueIsOneEffect() {
        assertThat(mutation(ORDER, new Order(1, "R1", 6, "open", PLACED_MS)))
                .containsExactly(line("[r1]: [r1, 5]@" + PLACED_MS + " to [r1, 6]@" + PLACED_MS));
    }

    @Test
    void anUpdateOfTheTimeIsOneEffect() {
        assertThat(mutation(ORDER, new Order(1, "R1", 5, "open", PLACED_MS + 1)))
                .containsExactly(line("[r1]: [r1, 5]@" + PLACED_MS + " to [r1, 5]@" + (PLACED_MS + 1)));
        assertThat(mutation(ORDER, new Order(1, "R1", 5, "open", null)))
                .containsExactly(line("[r1]: [r1, 5]@" + PLACED_MS + " to [r1, 5]@-"));
    }

    @Test
    void anUpdateOfTheKeyIsAnEffectOnEither() {
        assertThat(mutation(ORDER, new Order(1, "R2", 5, "open", PLACED_MS)))
                .containsExactly(
                        line("[r1]: [r1, 5]@" + PLACED_MS + " to none"), line("[r2]: none to [r2, 5]@" + PLACED_MS));
    }

    /** Keys are compared by their bytes: one that is longer, and one that begins alike. */
    @Test
    void keysThatBeginAlikeAreDistinct() {
        Order longer = new Order(1, "R1x", 5, "open", PLACED_MS);
        assertThat(mutation(ORDER, longer)).hasSize(2);
        assertThat(mutation(longer, ORDER)).hasSize(2);
    }

    @Test
    void whatChangesNothingSelectedHasNoEffect() {
        assertThat(mutation(ORDER, ORDER)).isEmpty();
        assertThat(mutation(ORDER, new Order(2, "r1", 5, "paid", PLACED_MS))).isEmpty();
        Order timeless = new Order(1, "R1", 5, "open", null);
        assertThat(mutation(timeless, timeless)).isEmpty();
        Order keyless = new Order(1, null, 5, "open", PLACED_MS);
        assertThat(mutation(keyless, keyless)).isEmpty();
    }

    @Test
    void wheresDropOneImageOrBoth() {
        Order test = new Order(1, "R1", 5, "test", PLACED_MS);
        assertThat(mutation(test, ORDER)).containsExactly(line("[r1]: none to [r1, 5]@" + PLACED_MS));
        assertThat(mutation(ORDER, test)).containsExactly(line("[r1]: [r1, 5]@" + PLACED_MS + " to none"));
        assertThat(mutation(test, new Order(1, "R2", 6, "test", PLACED_MS))).isEmpty();
        assertThat(mutation(null, test)).isEmpty();
        assertThat(mutation(test, null)).isEmpty();
    }

    @Test
    void anImageWithoutKeyIsCountedAndTheOtherCounts() {
        Order keyless = new Order(1, null, 5, "open", PLACED_MS);
        assertThat(mutation(keyless, ORDER))
                .containsExactly("orders_by_rider NULL_KEY", line("[r1]: none to [r1, 5]@" + PLACED_MS));
        assertThat(mutation(ORDER, keyless))
                .containsExactly("orders_by_rider NULL_KEY", line("[r1]: [r1, 5]@" + PLACED_MS + " to none"));
        assertThat(mutation(null, keyless)).containsExactly("orders_by_rider NULL_KEY");
        assertThat(mutation(keyless, new Order(1, null, 6, "open", PLACED_MS)))
                .containsExactly("orders_by_rider NULL_KEY", "orders_by_rider NULL_KEY");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE + 1, -1, 0, 9_000_000_000_000_000L, Long.MAX_VALUE})
    void theRowsOwnTimeMayBeAny(long placedAtMs) {
        assertThat(mutation(null, new Order(1, "R1", 5, "open", placedAtMs)))
                .containsExactly(line("[r1]: none to [r1, 5]@" + placedAtMs));
    }

    @Test
    void aQueryWithoutTimeHasNone() {
        Topic ever = new Topic(ShardSet.all(4), Orders.everByRider(TOPIC));
        assertThat(ever.effects(Orders.envelope(null, ORDER, MUTATION_MS)))
                .containsExactly("orders_ever MUTATION at " + MUTATION_MS + " of [r1]: none to [r1, 5]@-");
        assertThat(ever.effects(Orders.envelope(ORDER, new Order(1, "R1", 5, "open", PLACED_MS + 1), MUTATION_MS)))
                .as("its time is not read")
                .isEmpty();
    }

    @Test
    void wrappedEnvelopesAreTheSame() {
        String bare = Orders.envelope(null, ORDER, MUTATION_MS);
        assertThat(orders.effects("{\"schema\":{\"type\":\"struct\"},\"payload\":" + bare + "}"))
                .isEqualTo(orders.effects(bare))
                .hasSize(1);
    }

    @Test
    void whatIsNoMutationHasNoEffect() {
        assertThat(orders.decide(Orders.key(1), null)).isEmpty();
        assertThat(orders.effects()).isEmpty();
        assertThat(orders.effects(Orders.envelope("r", null, ORDER.json(), MUTATION_MS)))
                .isEmpty();
        assertThat(orders.effects("{\"op\":\"m\",\"message\":{}}")).isEmpty();
    }

    @Test
    void anUpdateWithoutBeforeMakesItsKeyStale() {
        assertThat(orders.decide(null, Orders.envelope("u", null, ORDER.json(), MUTATION_MS))
                        .orElse(""))
                .isEqualTo("orders_by_rider: op u without before: its key is stale until the next batch; does the table"
                        + " write full before images (PostgreSQL: REPLICA IDENTITY FULL)?");
        assertThat(orders.effects())
                .containsExactly("orders_by_rider BEFORE_MISSING at " + MUTATION_MS + " of [r1]", "DEAD_LETTERED");
    }

    /** Whether the wheres dropped the row before, nobody knows. */
    @Test
    void anUpdateWithoutBeforeMakesItsKeyStaleWhateverTheWheresSay() {
        Order test = new Order(1, "R1", 5, "test", PLACED_MS);
        assertThat(orders.decide(null, Orders.envelope("u", null, test.json(), MUTATION_MS)))
                .isPresent();
        assertThat(orders.effects()).hasSize(2).first().asString().contains("BEFORE_MISSING");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"rider\":\"R1\"}",
                "{\"id\":1,\"rider\":\"R1\"}",
                "{\"schema\":{\"fields\":[{\"field\":\"rider\"}]},\"payload\":{\"rider\":\"R1\",\"id\":1}}",
                "{\"payload\":{\"rider\":\"R1\"}}"
            })
    void aDeleteWithoutBeforeMakesTheKeyOfItsRecordStale(String key) {
        assertThat(orders.decide(key, Orders.envelope("d", null, null, MUTATION_MS))
                        .orElse(""))
                .contains("op d without before: its key is stale until the next batch");
        assertThat(orders.effects())
                .containsExactly("orders_by_rider BEFORE_MISSING at " + MUTATION_MS + " of [r1]", "DEAD_LETTERED");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "none",
                "",
                "1",
                "\"R1\"",
                "[\"R1\"]",
                "not JSON",
                "{\"id\":1}",
                "{\"rider\":null}",
                "{\"rider\":7}",
                "{\"rider\":\"R1\"",
                "{\"rider\":\"R1\"} {}",
                "{\"rider\":\"R1\",\"rider\":\"R2\"}",
                "{\"schema\":{},\"payload\":{\"id\":1}}",
                "{\"schema\":{},\"payload\":\"R1\"}"
            })
    void aDeleteWithoutBeforeWhoseKeyIsNotKnownIsADeadLetterAlone(String key) {
        assertThat(orders.decide(key.equals("none") ? null : key, Orders.envelope("d", null, null, MUTATION_MS))
                        .orElse(""))
                .contains("op d without before, and its key does not follow from the record");
        assertThat(orders.effects()).containsExactly("DEAD_LETTERED");
    }

    /** Each GroupBy has a key of its own, which follows from the record's or does not. */
    @Test
    void oneDeleteMayBeOfAKeyThatIsKnownToOneGroupByAlone() {
        Topic both = new Topic(ShardSet.all(4), Orders.byRider(TOPIC), byId());
        assertThat(both.decide(Orders.key(1), Orders.envelope("d", null, null, MUTATION_MS))
                        .orElse(""))
                .contains("orders_by_id: op d without before: its key is stale")
                .contains("orders_by_rider: op d without before, and its key does not follow");
        assertThat(both.effects())
                .containsExactly("orders_by_id BEFORE_MISSING at " + MUTATION_MS + " of [1]", "DEAD_LETTERED");
    }

    /** Functions of setups stand in keys, wheres and inputs; what they read is what their arguments read. */
    @Test
    void aQueryMayDeclareFunctions() {
        Topic plain = orders;
        Topic declared = new Topic(ShardSet.all(4), Orders.byRiderWithFunctions(TOPIC));
        List<String> values = List.of(
                Orders.envelope(null, ORDER, MUTATION_MS),
                Orders.envelope(ORDER, new Order(1, "R2", 6, "open", PLACED_MS), MUTATION_MS),
                Orders.envelope(ORDER, new Order(1, "R1", 5, "test", PLACED_MS), MUTATION_MS),
                Orders.envelope(ORDER, null, MUTATION_MS),
                Orders.envelope("u", null, ORDER.json(), MUTATION_MS),
                Orders.envelope("d", null, null, MUTATION_MS));
        for (String value : values) {
            for (String key : List.of("{\"rider\":\"R1\"}", Orders.key(1))) {
                assertThat(declared.decide(key, value)).as(value).isEqualTo(plain.decide(key, value));
                assertThat(declared.effects()).as(value).isEqualTo(plain.effects());
            }
        }
    }

    private static CompiledGroupBy byId() {
        Schema table = Schema.of(new Field("id", Scalar.LONG), new Field("state", Scalar.STRING));
        return Orders.compiled(
                GroupBy.builder("orders_by_id")
                        .source(Orders.source(TOPIC, Query.builder().build()))
                        .keys("id")
                        .aggregate(Aggregation.of("count", "state"))
                        .online(true)
                        .build(),
                table,
                table);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "no JSON | malformed JSON",
                "{\"rider\":\"R1\",\"amount\":1} | no op: Debezium's envelope is expected",
                "{\"op\":\"t\",\"source\":{\"ts_ms\":1}} | truncated",
                "{\"op\":\"c\",\"after\":{\"amount\":\"5\"},\"source\":{\"ts_ms\":1}} | after: field amount of type int is a string",
                "{\"op\":\"d\",\"before\":{\"id\":1,\"id\":2},\"source\":{\"ts_ms\":1}} | before: field id appears twice",
                "{\"op\":\"c\",\"after\":{},\"source\":{\"ts_ms\":-62135596800001}} | source.ts_ms -62135596800001 ms is before the year 1"
            })
    void whatIsNoMutationOfTheTableIsADeadLetter(String value, String problem) {
        assertThat(orders.decide(null, value).orElse(""))
                .contains("orders_by_rider")
                .contains(problem);
        assertThat(orders.effects()).containsExactly("DEAD_LETTERED");
    }

    @Test
    void aMutationTooFarBehindItsRecordIsADeadLetter() {
        assertThat(orders.effects(Orders.envelope(null, ORDER, MUTATION_MS + MAX_FUTURE_MS)))
                .hasSize(1);
        assertThat(orders.decide(null, Orders.envelope(null, ORDER, MUTATION_MS + MAX_FUTURE_MS + 1))
                        .orElse(""))
                .contains("source.ts_ms")
                .contains("60001 ms after the record's timestamp");
        assertThat(orders.effects()).containsExactly("DEAD_LETTERED");
        assertThat(orders.decide(null, Orders.envelope("u", null, ORDER.json(), MUTATION_MS + MAX_FUTURE_MS + 1)))
                .isPresent();
        assertThat(orders.effects()).as("its time is not believed").containsExactly("DEAD_LETTERED");
    }

    /** Both rows go into one entry of the log, or neither. */
    @Test
    void rowsTooLongForTheLogAreADeadLetter() {
        String rider = "r".repeat(EventRangeWriter.MAX_RECORD_LENGTH / 3);
        assertThat(orders.decide(null, Orders.envelope(null, new Order(1, rider, 5, "open", 1L), MUTATION_MS))
                        .orElse(""))
                .contains("its key takes");
        Topic notes = new Topic(ShardSet.all(4), notes());
        String image = "{\"id\":1,\"state\":\"" + "s".repeat(EventRangeWriter.MAX_RECORD_LENGTH / 2) + "\"}";
        assertThat(notes.effects(Orders.envelope("c", null, image, MUTATION_MS)))
                .hasSize(1);
        String other = image.replace("s\"}", "x\"}");
        assertThat(notes.decide(null, Orders.envelope("u", image, other, MUTATION_MS))
                        .orElse(""))
                .contains("bytes of the log")
                .endsWith("the keys of its rows are stale until the next batch");
        assertThat(notes.effects())
                .containsExactly("notes BEFORE_MISSING at " + MUTATION_MS + " of [1]", "DEAD_LETTERED");
        Topic two = new Topic(ShardSet.all(4), Orders.byRider(TOPIC), notes());
        assertThat(two.decide(null, Orders.envelope("u", image, other.replace("\"id\":1", "\"id\":2"), MUTATION_MS)))
                .isPresent();
        assertThat(two.effects())
                .as("what is only counted is dropped")
                .containsExactly(
                        "notes BEFORE_MISSING at " + MUTATION_MS + " of [1]",
                        "notes BEFORE_MISSING at " + MUTATION_MS + " of [2]",
                        "DEAD_LETTERED");
    }

    /** The key's own expressions are sound, another throws. */
    @Test
    void aMutationOfWhichAnExpressionThrowsMakesTheKeysOfItsRowsStale() {
        Topic strict = new Topic(ShardSet.all(4), strict());
        String before = "{\"id\":1,\"state\":\"open\"}";
        assertThat(strict.decide(null, Orders.envelope("u", before, "{\"id\":2,\"state\":\"?\"}", MUTATION_MS))
                        .orElse(""))
                .contains("no state")
                .endsWith("the keys of its rows are stale until the next batch");
        assertThat(strict.effects())
                .containsExactly(
                        "strict BEFORE_MISSING at " + MUTATION_MS + " of [1]",
                        "strict BEFORE_MISSING at " + MUTATION_MS + " of [2]",
                        "DEAD_LETTERED");
    }

    private static CompiledGroupBy strict() {
        Schema table = Schema.of(new Field("id", Scalar.LONG), new Field("state", Scalar.STRING));
        Query query = Query.builder()
                .select("state", "if(state = '?', raise_error('no state'), state)")
                .build();
        return Orders.compiled(
                GroupBy.builder("strict")
                        .source(Orders.source(TOPIC, query))
                        .keys("id")
                        .aggregate(Aggregation.of("last", "state"))
                        .online(true)
                        .build(),
                table,
                table);
    }

    private static CompiledGroupBy notes() {
        Schema table = Schema.of(new Field("id", Scalar.LONG), new Field("state", Scalar.STRING));
        return Orders.compiled(
                GroupBy.builder("notes")
                        .source(Orders.source(TOPIC, Query.builder().build()))
                        .keys("id")
                        .aggregate(Aggregation.of("last", "state"))
                        .online(true)
                        .build(),
                table,
                table);
    }

    /** As the mutation table would have them, under the names that the query gives or the usual ones. */
    @ParameterizedTest
    @CsvSource({"mutation_ts,is_before,", "changed,reversed,x"})
    void columnsOfTheMutationTableComeFromTheEnvelope(String time, String reversal, @Nullable String named) {
        Schema table = Schema.of(
                new Field("rider", Scalar.STRING), new Field(time, Scalar.LONG), new Field(reversal, Scalar.BOOLEAN));
        Query.Builder query = Query.builder().select("at", time).select("back", "CAST(" + reversal + " AS BIGINT)");
        if (named != null) {
            query.mutationTimeColumn(time).reversalColumn(reversal);
        }
        Topic topic = new Topic(
                ShardSet.all(4),
                Orders.compiled(
                        GroupBy.builder("changes")
                                .source(Orders.source(TOPIC, query.build()))
                                .keys("rider")
                                .aggregate(Aggregation.of("sum", "at"))
                                .aggregate(Aggregation.of("sum", "back"))
                                .online(true)
                                .build(),
                        table,
                        Schema.of(
                                new Field("rider", Scalar.STRING),
                                new Field("at", Scalar.LONG),
                                new Field("back", Scalar.LONG))));
        String image = "{\"rider\":\"r1\",\"" + time + "\":3}";
        assertThat(topic.effects(Orders.envelope("u", image, image, MUTATION_MS)))
                .containsExactly("changes MUTATION at " + MUTATION_MS + " of [r1]: [r1, " + MUTATION_MS
                        + ", 1]@- to [r1, " + MUTATION_MS + ", 0]@-");
    }

    @Test
    void columnsOfTheMutationTableHaveTheirTypes() {
        Schema table = Schema.of(new Field("rider", Scalar.STRING), new Field("mutation_ts", Scalar.INT));
        CompiledGroupBy groupBy = Orders.compiled(
                GroupBy.builder("changes")
                        .source(Orders.source(TOPIC, Query.builder().build()))
                        .keys("rider")
                        .aggregate(Aggregation.of("sum", "mutation_ts"))
                        .online(true)
                        .build(),
                table,
                table);
        assertThatThrownBy(() -> new Topic(ShardSet.all(4), groupBy))
                .hasMessageContaining("GroupBy changes")
                .hasMessageContaining("column mutation_ts")
                .hasMessageContaining("of type int");
    }

    /** Each effect is one group's; what belongs to no key, and dead letters, are the group's of shard 0. */
    @Test
    void aGroupKeepsTheKeysOfItsShards() {
        Topic[] groups = {
            new Topic(ShardSet.parse("0,2", 4), Orders.byRider(TOPIC)),
            new Topic(ShardSet.parse("1,3", 4), Orders.byRider(TOPIC))
        };
        int moved = 0;
        for (int i = 0; i < 16; i++) {
            Order from = new Order(1, "r" + i, 5, "open", PLACED_MS);
            Order to = new Order(1, "r" + (i + 1), 5, "open", PLACED_MS);
            String update = Orders.envelope(from, to, MUTATION_MS);
            String missing = Orders.envelope("u", null, to.json(), MUTATION_MS);
            int ofFrom = group("r" + i);
            int ofTo = group("r" + (i + 1));
            moved += ofFrom == ofTo ? 0 : 1;
            for (int group = 0; group < 2; group++) {
                assertThat(groups[group].effects(update)).hasSize((ofFrom == group ? 1 : 0) + (ofTo == group ? 1 : 0));
                assertThat(groups[group].decide(null, missing).isPresent()).isEqualTo(group == 0);
                assertThat(groups[group].effects()).hasSize((ofTo == group ? 1 : 0) + (group == 0 ? 1 : 0));
            }
        }
        assertThat(moved).isPositive();
        Order keyless = new Order(1, null, 5, "open", PLACED_MS);
        assertThat(groups[0].effects(Orders.envelope(null, keyless, MUTATION_MS)))
                .hasSize(1);
        assertThat(groups[1].effects(Orders.envelope(null, keyless, MUTATION_MS)))
                .isEmpty();
    }

    private static int group(String rider) {
        return KeyHash.shard(new KeyEncoder().reset().putString(rider).hash(), 4) % 2;
    }

    /** One topic, of which one GroupBy takes a value as an event and another as a mutation: each reads it in its own way. */
    @Test
    void eventsAndMutationsMayBeOfOneTopic() {
        Topic topic = new Topic(ShardSet.all(4), Orders.byRider(TOPIC), Flights.airport(TOPIC));
        assertThat(topic.decide(null, Orders.envelope(null, ORDER, MUTATION_MS)))
                .isEmpty();
        assertThat(topic.effects()).containsExactly("airport NULL_TIME", line("[r1]: none to [r1, 5]@" + PLACED_MS));
        assertThat(topic.decide(null, Flights.json(MUTATION_MS, "JFK", "LAX", 5))
                        .orElse(""))
                .startsWith("orders_by_rider: no op");
        assertThat(topic.effects())
                .containsExactly("airport EVENT at " + MUTATION_MS + " of [JFK]: [JFK, 5]", "DEAD_LETTERED");
    }

    /** GroupBys of several columns, decided for some of them: a lane's run is for one. */
    @Test
    void aRunDecidesForTheDefinitionsItFeeds() {
        Topic all = new Topic(ShardSet.all(4), Orders.byRider(TOPIC), Orders.everByRider(TOPIC), byId());
        assertThat(all.effects(Orders.envelope(null, ORDER, MUTATION_MS)))
                .containsExactlyInAnyOrder(
                        line("[r1]: none to [r1, 5]@" + PLACED_MS),
                        "orders_ever MUTATION at " + MUTATION_MS + " of [r1]: none to [r1, 5]@-",
                        "orders_by_id MUTATION at " + MUTATION_MS + " of [1]: none to [1, open]@-");
        java.util.BitSet one = new java.util.BitSet();
        one.set(all.catalog.find("orders_ever").orElseThrow().place());
        byte[] value = Orders.envelope("u", null, ORDER.json(), MUTATION_MS).getBytes(StandardCharsets.UTF_8);
        Optional<String> problem =
                all.program.decide(new ConsumerRecord<>(TOPIC, 0, 0, new byte[0], value), one, all.effects);
        assertThat(problem.orElse("")).startsWith("orders_ever: op u").doesNotContain("orders_by_rider");
        assertThat(all.effects())
                .containsExactly("orders_ever BEFORE_MISSING at " + MUTATION_MS + " of [r1]", "DEAD_LETTERED");
    }
}
