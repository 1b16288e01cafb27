package io.tilefold.batch.replay;

import static io.tilefold.batch.LocalSpark.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.TableLocation;
import io.tilefold.batch.Tables;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.assertj.core.groups.Tuple;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes when, and as what; which moments are asked at. */
class PlayedEventsTest {
    private static final long DAY_MS = 86_400_000L;
    private static final LocalDate DAY = LocalDate.parse("2001-02-09");
    private static final long MIDNIGHT_MS = DAY.toEpochDay() * DAY_MS;
    private static final StructType COLUMNS = new StructType()
            .add("who", DataTypes.StringType)
            .add("price", DataTypes.DoubleType)
            .add("ts", DataTypes.LongType)
            .add("seen", DataTypes.LongType)
            .add("ds", DataTypes.StringType);
    private static final Field WHO = new Field("who", Scalar.STRING);
    private static final Field PRICE = new Field("price", Scalar.DOUBLE);
    private static final Field TS = new Field("ts", Scalar.LONG);
    private static final Field SEEN = new Field("seen", Scalar.LONG);

    @TempDir
    private Path directory;

    @Test
    void eventsComeAtTheirTimeButNotBeforeTheDayOfTheirPartition() {
        String before = DAY.minusDays(1).toString();
        String day = DAY.toString();
        LocalSpark.write(
                directory,
                TableLocation.Format.PARQUET,
                COLUMNS,
                List.of(
                        row("who", "before", "ts", MIDNIGHT_MS - 1, "seen", MIDNIGHT_MS, "ds", before),
                        row("who", "early", "price", 1.5, "ts", MIDNIGHT_MS + 7, "seen", MIDNIGHT_MS + 9, "ds", before),
                        row(
                                "who",
                                "late",
                                "price",
                                Double.NaN,
                                "ts",
                                MIDNIGHT_MS - 5,
                                "seen",
                                MIDNIGHT_MS - 5,
                                "ds",
                                day),
                        row("who", "second", "price", 0.1, "ts", MIDNIGHT_MS + 20, "seen", MIDNIGHT_MS + 3, "ds", day),
                        row("who", "first", "ts", MIDNIGHT_MS + 2, "ds", day),
                        row("who", "without a time", "price", 3.0, "ds", day),
                        row("who", "at the end", "ts", MIDNIGHT_MS + 50, "seen", MIDNIGHT_MS + 50, "ds", day)));
        Tables tables = new Tables(
                LocalSpark.session(),
                List.of(new TableLocation("events", directory.toString(), TableLocation.Format.PARQUET)));
        PlayedTopics topics = topics("events");
        assertThat(topics.all()).singleElement().satisfies(topic -> {
            assertThat(topic.columns().names()).containsExactly("who", "price", "ts", "seen");
            assertThat(topic.queries()).as("one for each time").hasSize(2);
        });

        List<Row> played = new PlayedEvents(LocalSpark.session(), tables)
                .of(topics, MIDNIGHT_MS, MIDNIGHT_MS + 50)
                .orElseThrow()
                .collectAsList();

        assertThat(played)
                .extracting(
                        event -> event.getLong(0) - MIDNIGHT_MS,
                        event -> event.getString(1),
                        event -> event.getString(2))
                .containsExactly(
                        Tuple.tuple(
                                0L,
                                "events_topic",
                                "{\"who\":\"late\",\"ts\":%d,\"seen\":%1$d}".formatted(MIDNIGHT_MS - 5)),
                        Tuple.tuple(2L, "events_topic", "{\"who\":\"first\",\"ts\":%d}".formatted(MIDNIGHT_MS + 2)),
                        Tuple.tuple(
                                3L,
                                "events_topic",
                                "{\"who\":\"second\",\"price\":0.1,\"ts\":%d,\"seen\":%d}"
                                        .formatted(MIDNIGHT_MS + 20, MIDNIGHT_MS + 3)),
                        Tuple.tuple(
                                7L,
                                "events_topic",
                                "{\"who\":\"early\",\"price\":1.5,\"ts\":%d,\"seen\":%d}"
                                        .formatted(MIDNIGHT_MS + 7, MIDNIGHT_MS + 9)));
    }

    @Test
    void mutationsComeWhenTheTableChangedAsEnvelopes() {
        String before = DAY.minusDays(1).toString();
        String day = DAY.toString();
        long changedMs = MIDNIGHT_MS + 5;
        LocalSpark.write(
                directory,
                TableLocation.Format.PARQUET,
                COLUMNS.add("mutation_ts", DataTypes.LongType).add("undo", DataTypes.BooleanType),
                List.of(
                        // An update, one that changes the key, an insert and two deletes at one millisecond.
                        mutation("a", 1.0, changedMs, true, day),
                        mutation("a", 2.5, changedMs, false, day),
                        mutation("b", Double.NaN, changedMs + 1, true, day),
                        mutation("c", null, changedMs + 1, false, day),
                        mutation("new", 3.0, changedMs + 2, null, day),
                        mutation("gone", 4.0, changedMs + 3, true, day),
                        mutation("gone too", 5.0, changedMs + 3, true, day),
                        mutation("the day before", 6.0, MIDNIGHT_MS - 1, false, before),
                        mutation("of another day", 7.0, MIDNIGHT_MS + 1, false, before),
                        mutation("late", 8.0, MIDNIGHT_MS - 1, false, day),
                        mutation("never", 9.0, null, false, day),
                        mutation("at the end", 9.0, MIDNIGHT_MS + 50, false, day)));
        Tables tables = new Tables(
                LocalSpark.session(),
                List.of(new TableLocation("mutations", directory.toString(), TableLocation.Format.PARQUET)));
        PlayedTopics topics = topics(mutated("mutated", Accuracy.TEMPORAL), mutated("more", Accuracy.TEMPORAL));

        List<Row> played = new PlayedEvents(LocalSpark.session(), tables)
                .of(topics, MIDNIGHT_MS, MIDNIGHT_MS + 50)
                .orElseThrow()
                .collectAsList();

        assertThat(played).allMatch(event -> event.getString(1).equals("changes"));
        assertThat(played)
                .extracting(event -> event.getLong(0) - changedMs, event -> event.getString(2))
                .containsExactly(
                        Tuple.tuple(
                                0L,
                                envelope(
                                        "{\"who\":\"a\",\"price\":1.0}",
                                        "{\"who\":\"a\",\"price\":2.5}",
                                        changedMs,
                                        "u")),
                        Tuple.tuple(1L, envelope("{\"who\":\"b\"}", "{\"who\":\"c\"}", changedMs + 1, "u")),
                        Tuple.tuple(2L, envelope("null", "{\"who\":\"new\",\"price\":3.0}", changedMs + 2, "c")),
                        Tuple.tuple(3L, envelope("{\"who\":\"gone too\",\"price\":5.0}", "null", changedMs + 3, "d")),
                        Tuple.tuple(3L, envelope("{\"who\":\"gone\",\"price\":4.0}", "null", changedMs + 3, "d")));
    }

    private static Map<String, Object> mutation(
            String who, @Nullable Double price, @Nullable Long mutationMs, @Nullable Boolean undo, String ds) {
        return row("who", who, "price", price, "mutation_ts", mutationMs, "undo", undo, "ds", ds);
    }

    private static String envelope(String before, String after, long timeMs, String op) {
        return "{\"before\":" + before + ",\"after\":" + after + ",\"source\":{\"ts_ms\":" + timeMs + "},\"op\":\"" + op
                + "\"}";
    }

    @Test
    void aTopicOfMutationsIsReadWhereTheValueIsTemporal() {
        assertThat(topics(mutated("daily", Accuracy.SNAPSHOT)).all()).isEmpty();
    }

    /** Of the mutation topic "changes". */
    private static CompiledGroupBy mutated(String name, Accuracy accuracy) {
        GroupBy definition = GroupBy.builder(name)
                .source(new Source.Entities(
                        "snapshots",
                        Optional.of("mutations"),
                        Optional.of("changes"),
                        Query.builder().reversalColumn("undo").build()))
                .keys("who")
                .accuracy(accuracy)
                .aggregate(Aggregation.of("count", "price"))
                .build();
        Schema source = new Schema(List.of(WHO, PRICE));
        return new CompiledGroupBy(
                DefinitionIds.of(definition, List.of(source), source), definition, List.of(source), source);
    }

    /** Of one moment, orders first: what is asked about them reads visits, what is asked about visits reads prices; who is too cheap is not asked about. */
    @Test
    void eventsAboutWhichAJoinIsAskedComeBeforeThoseThatChangeItsAnswers() {
        long atMs = MIDNIGHT_MS + 5;
        for (String table : List.of("orders", "visits", "prices")) {
            LocalSpark.write(
                    directory.resolve(table),
                    TableLocation.Format.PARQUET,
                    COLUMNS,
                    List.of(
                            row("who", table + " late", "price", 9.0, "ts", MIDNIGHT_MS - 1, "ds", DAY.toString()),
                            row("who", table + " asked", "price", 9.0, "ts", atMs, "ds", DAY.toString()),
                            row("who", table + " cheap", "price", 1.0, "ts", atMs, "ds", DAY.toString()),
                            row("who", table + " unknown", "ts", atMs, "ds", DAY.toString())));
        }
        Tables tables = new Tables(
                LocalSpark.session(),
                Stream.of("orders", "visits", "prices")
                        .map(table -> new TableLocation(
                                table, directory.resolve(table).toString(), TableLocation.Format.PARQUET))
                        .toList());
        CompiledGroupBy prices = plain("prices");
        CompiledJoin visits = parent("visits", prices);
        CompiledGroupBy ofVisits = child("of_visits", visits);
        CompiledJoin orders = parent("orders", ofVisits);
        CompiledGroupBy ofOrders = child("of_orders", orders);
        CompiledJoin replayed = join("replayed", left("visits"), new Schema(List.of(WHO, PRICE, TS)), ofOrders);
        PlayedTopics topics = PlayedTopics.of(
                new Catalog(List.of(prices, ofVisits, ofOrders), List.of(visits, orders, replayed), List.of()),
                replayed);
        assertThat(topics.circular()).isEmpty();

        List<Row> played = new PlayedEvents(LocalSpark.session(), tables)
                .of(topics, MIDNIGHT_MS, MIDNIGHT_MS + 50)
                .orElseThrow()
                .collectAsList();

        assertThat(played)
                .extracting(
                        event -> event.getLong(0) - MIDNIGHT_MS,
                        event -> event.getString(2).replaceAll(".*who\":\"([a-z ]+)\".*", "$1"),
                        event -> event.isNullAt(3) ? null : event.getInt(3))
                .containsExactly(
                        Tuple.tuple(0L, "orders late", 0),
                        Tuple.tuple(0L, "visits late", 1),
                        Tuple.tuple(0L, "prices late", null),
                        Tuple.tuple(5L, "orders asked", 0),
                        Tuple.tuple(5L, "visits asked", 1),
                        Tuple.tuple(5L, "orders cheap", null),
                        Tuple.tuple(5L, "orders unknown", null),
                        Tuple.tuple(5L, "prices asked", null),
                        Tuple.tuple(5L, "prices cheap", null),
                        Tuple.tuple(5L, "prices unknown", null),
                        Tuple.tuple(5L, "visits cheap", null),
                        Tuple.tuple(5L, "visits unknown", null));
    }

    @Test
    void topicsWithoutARightOrderAreNamed() {
        CompiledJoin visits = parent("visits", plain("orders"));
        CompiledJoin orders = parent("orders", plain("visits"));
        CompiledGroupBy ofVisits = child("of_visits", visits);
        CompiledGroupBy ofOrders = child("of_orders", orders);
        CompiledJoin replayed =
                join("replayed", left("visits"), new Schema(List.of(WHO, PRICE, TS)), ofVisits, ofOrders);
        PlayedTopics topics = PlayedTopics.of(
                new Catalog(
                        List.of(plain("orders"), plain("visits"), ofVisits, ofOrders),
                        List.of(visits, orders, replayed),
                        List.of()),
                replayed);
        assertThat(topics.circular()).containsExactly("orders_topic", "visits_topic");
        assertThat(topics.all()).allMatch(topic -> topics.placeOf(topic).isPresent());
    }

    /** A GroupBy of a table's events. */
    private static CompiledGroupBy plain(String table) {
        return compiled(table, left(table), new Schema(List.of(WHO, PRICE, TS)));
    }

    private static Source left(String table) {
        return Source.events(
                table,
                table + "_topic",
                Query.builder().wheres("price > 2").timeColumn("ts").build());
    }

    /** A join whose left is a table's events. */
    private static CompiledJoin parent(String table, CompiledGroupBy part) {
        return join("with_" + part.name(), left(table), new Schema(List.of(WHO, PRICE, TS)), part);
    }

    /** A GroupBy of a join's output. */
    private static CompiledGroupBy child(String name, CompiledJoin parent) {
        String topic = parent.definition().left().streamTopic().orElseThrow();
        return compiled(
                name,
                new Source.JoinOutput(parent.name(), Query.builder().build(), Optional.of(topic)),
                new Schema(List.of(WHO, PRICE)));
    }

    private static CompiledGroupBy compiled(String name, Source of, Schema source) {
        GroupBy definition = GroupBy.builder(name)
                .source(of)
                .keys("who")
                .aggregate(Aggregation.of("count", "price").windows("2d"))
                .build();
        Schema selected = new Schema(List.of(WHO, PRICE));
        return new CompiledGroupBy(
                DefinitionIds.of(definition, List.of(source), selected), definition, List.of(source), selected);
    }

    @Test
    void aTopicOfTwoTablesIsRefused() {
        assertThatThrownBy(() -> topics("others"))
                .hasMessageContaining("topic events_topic is that of table events")
                .hasMessageContaining("others");
    }

    @Test
    void momentsAreSpreadEvenly() {
        List<Long> moments = LongStream.range(0, 100).boxed().toList();
        assertThat(AskedRows.spread(moments, 200)).isEqualTo(moments);
        assertThat(AskedRows.spread(moments, 4)).containsExactly(12L, 37L, 62L, 87L);
        assertThat(AskedRows.spread(moments, 99)).hasSize(99).doesNotHaveDuplicates();
    }

    /** Two GroupBys over one topic, by another time each. */
    private static PlayedTopics topics(String secondTable) {
        CompiledGroupBy spend = groupBy("spend", "events", "ts", "price", List.of(WHO, PRICE, TS));
        CompiledGroupBy seen = groupBy("seen", secondTable, "seen", "who", List.of(WHO, SEEN));
        return topics(spend, seen);
    }

    private static PlayedTopics topics(CompiledGroupBy... groupBys) {
        CompiledJoin compiled = join(
                "training",
                Source.events("events", Query.builder().timeColumn("ts").build()),
                new Schema(List.of(WHO, TS)),
                groupBys);
        return PlayedTopics.of(new Catalog(List.of(groupBys), List.of(compiled), List.of()), compiled);
    }

    private static CompiledJoin join(String name, Source left, Schema leftSource, CompiledGroupBy... groupBys) {
        Join.Builder join = Join.builder(name, left);
        for (CompiledGroupBy groupBy : groupBys) {
            join.part(JoinPart.of(groupBy.name()));
        }
        Join built = join.build();
        Schema selected = new Schema(List.of(WHO));
        List<DefinitionId> ids = Stream.of(groupBys).map(CompiledGroupBy::id).toList();
        return new CompiledJoin(DefinitionIds.of(built, selected, ids), built, leftSource, selected);
    }

    /** Each query's time is by its own function, though both say it in the same words. */
    @Test
    void timesMayBeFunctionsOfSetups() {
        LocalSpark.write(
                directory,
                TableLocation.Format.PARQUET,
                COLUMNS,
                List.of(row("who", "a", "ts", MIDNIGHT_MS + 9, "ds", DAY.toString())));
        Tables tables = new Tables(
                LocalSpark.session(),
                List.of(new TableLocation("events", directory.toString(), TableLocation.Format.PARQUET)));
        PlayedTopics topics = topics(
                groupBy("one", "events", "moment(ts)", "who", List.of(WHO, TS), moment("t + 5")),
                groupBy("other", "events", "moment(ts)", "who", List.of(WHO, TS), moment("t - 4")));
        List<Row> played = new PlayedEvents(LocalSpark.session(), tables)
                .of(topics, MIDNIGHT_MS, MIDNIGHT_MS + 50)
                .orElseThrow()
                .collectAsList();
        assertThat(played)
                .extracting(event -> event.getLong(0) - MIDNIGHT_MS, event -> event.getString(2))
                .containsExactly(Tuple.tuple(5L, "{\"who\":\"a\",\"ts\":%d}".formatted(MIDNIGHT_MS + 9)));
    }

    private static String moment(String body) {
        return "CREATE TEMPORARY FUNCTION moment(t BIGINT) RETURNS BIGINT RETURN " + body;
    }

    private static CompiledGroupBy groupBy(
            String name, String table, String time, String input, List<Field> read, String... setups) {
        GroupBy definition = GroupBy.builder(name)
                .source(Source.events(
                        table,
                        "events_topic",
                        Query.builder().timeColumn(time).setups(List.of(setups)).build()))
                .keys("who")
                .aggregate(Aggregation.of("count", input).windows("2d"))
                .build();
        Schema source = new Schema(read);
        Schema selected = new Schema(input.equals("who") ? List.of(WHO) : List.of(WHO, PRICE));
        return new CompiledGroupBy(
                DefinitionIds.of(definition, List.of(source), selected), definition, List.of(source), selected);
    }
}
