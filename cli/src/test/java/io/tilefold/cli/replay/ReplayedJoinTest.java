package io.tilefold.cli.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;

/** Which joins are replayed, and what is said of the others. */
class ReplayedJoinTest {
    private static final Schema COLUMNS = new Schema(
            List.of(new Field("who", Scalar.STRING), new Field("price", Scalar.LONG), new Field("ts", Scalar.LONG)));

    private static CompiledGroupBy groupBy(String name) {
        GroupBy definition = GroupBy.builder(name)
                .source(Source.events(name + "_events", query()))
                .keys("who")
                .aggregate(Aggregation.of("sum", "price").windows("7d"))
                .online(true)
                .build();
        return new CompiledGroupBy(
                DefinitionIds.of(definition, List.of(COLUMNS), COLUMNS), definition, List.of(COLUMNS), COLUMNS);
    }

    private static Query query() {
        return Query.builder().timeColumn("ts").build();
    }

    private static Join.Builder join() {
        return Join.builder("training", Source.events("asks", query()))
                .part(JoinPart.of("spend"))
                .online(true);
    }

    private static ReplayedJoin replayed(Join join) {
        CompiledGroupBy spend = groupBy("spend");
        Catalog all = new Catalog(List.of(spend, groupBy("labels")), List.of(compiled(join, spend)), List.of());
        return ReplayedJoin.of(all, "training");
    }

    @Test
    void whatAnotherServiceIsAskedForIsNotComparedNorWhatIsMadeOfIt() {
        ReplayedJoin replayed = replayed(join().externalPart(weather(Optional.of("labels")))
                .derive("*", "*")
                .derive("cold", "coalesce(EXT_weather_wind, 0) > 10")
                .derive("dear", "spend_price_sum_7d > 10 AND ext_weather_wind_chill IS NULL")
                .derive("ext_weather_rain", "spend_price_sum_7d")
                .build());
        assertThat(replayed.uncompared()).containsOnlyKeys("ext_weather_wind", "cold");
        assertThat(replayed.uncompared().values())
                .containsOnly("external part weather of join training: a replay asks no other service; offline GroupBy"
                        + " labels stands for it");
        assertThat(replayed.catalog().groupBys())
                .extracting(CompiledGroupBy::name)
                .as("served")
                .containsExactly("spend");
    }

    private static Join.ExternalPart weather(Optional<String> offline) {
        return new Join.ExternalPart(
                "weather",
                Schema.of(new Field("who", Scalar.STRING)),
                Schema.of(new Field("wind", Scalar.DOUBLE), new Field("rain", Scalar.DOUBLE)),
                Map.of(),
                Optional.empty(),
                offline);
    }

    @Test
    void parentsAreServedAndTheirTablesBeginWhereWindowsDo() {
        // last: reads visits and orders; orders: reads visits; daily: reads the table of reports.
        CompiledGroupBy spend = groupBy("spend");
        CompiledJoin visits = parent("visits", spend);
        CompiledGroupBy ofVisits = child("of_visits", visits, "ts", "36h");
        CompiledJoin orders = parent("orders", ofVisits);
        CompiledGroupBy ofOrders = child("of_orders", orders, "ts", "7d");
        CompiledGroupBy daily = child("daily", parent("reports", spend), "ts", "2d", Accuracy.SNAPSHOT);
        CompiledJoin reports = parent("reports", spend);
        CompiledJoin training = parent("training", ofVisits, ofOrders, daily);
        ReplayedJoin replayed = ReplayedJoin.of(
                new Catalog(
                        List.of(spend, ofVisits, ofOrders, daily, groupBy("other")),
                        List.of(training, orders, visits, reports),
                        List.of()),
                "training");
        assertThat(replayed.catalog().joins())
                .extracting(CompiledJoin::name)
                .containsExactly("orders", "training", "visits");
        assertThat(replayed.catalog().groupBys())
                .extracting(CompiledGroupBy::name)
                .containsExactly("daily", "of_orders", "of_visits", "spend");
        assertThat(replayed.topics()).containsExactly("orders_topic", "visits_topic");
        assertThat(replayed.chain().tables(LocalDate.parse("2001-02-20")))
                .extracting(table -> table.join().name(), table -> table.first().map(LocalDate::toString))
                .containsExactly(
                        Tuple.tuple("visits", Optional.of("2001-02-09")), // 7 + 1 for orders, and 2 + 1
                        Tuple.tuple("orders", Optional.of("2001-02-12")),
                        Tuple.tuple("reports", Optional.of("2001-02-17")));
        assertThat(replayed.uncompared()).isEmpty();
        assertThat(replayed.notes()).isEmpty();
    }

    @Test
    void aTableOfAllOfHistoryBeginsWithTheFirstDay() {
        CompiledGroupBy spend = groupBy("spend");
        CompiledJoin visits = parent("visits", spend);
        CompiledGroupBy ofVisits = child("of_visits", visits, "ts", "2d");
        CompiledJoin orders = parent("orders", ofVisits);
        CompiledGroupBy ofOrders = child("of_orders", orders, "ts");
        ReplayedJoin replayed = ReplayedJoin.of(
                new Catalog(
                        List.of(spend, ofVisits, ofOrders),
                        List.of(parent("training", ofOrders), orders, visits),
                        List.of()),
                "training");
        assertThat(replayed.chain().tables(LocalDate.parse("2001-02-20")))
                .extracting(Chain.ParentTable::first)
                .containsExactly(Optional.empty(), Optional.empty());
    }

    @Test
    void whatAParentAsksAnotherServiceForIsNotComparedInItsChildren() {
        CompiledGroupBy spend = groupBy("spend");
        CompiledJoin visits = compiled(
                parentOf("visits", spend)
                        .externalPart(weather(Optional.empty()))
                        .build(),
                spend);
        CompiledGroupBy reads = child("reads", visits, "ext_weather_wind", "2d");
        CompiledGroupBy readsNot = child("reads_not", visits, "spend_price_sum_7d", "2d");
        ReplayedJoin replayed = ReplayedJoin.of(
                new Catalog(
                        List.of(spend, reads, readsNot),
                        List.of(visits, parent("training", reads, readsNot)),
                        List.of()),
                "training");
        assertThat(replayed.uncompared())
                .containsExactly(Map.entry(
                        "reads_price_sum_2d",
                        "GroupBy reads reads ext_weather_wind of join visits (external part weather of join visits: a"
                                + " replay asks no other service; offline nothing stands for it)"));
    }

    @Test
    void whereLiveAndBatchDifferByDefinitionIsSaid() {
        CompiledGroupBy spend = groupBy("spend");
        CompiledJoin visits = compiled(
                parentOf("visits", spend)
                        .bootstrapPart(new Join.BootstrapPart("known", query(), List.of("who")))
                        .skewKeys("who", List.of("'robot'"))
                        .build(),
                spend);
        CompiledGroupBy ofVisits = child("of_visits", visits, "ts", "2d");
        GroupBy definition = GroupBy.builder("seen")
                .source(Source.events(
                        "visits",
                        "visits_topic",
                        Query.builder().timeColumn("seen").build()))
                .source(new Source.JoinOutput(
                        "visits", Query.builder().timeColumn("ts + 5").build(), Optional.of("visits_topic")))
                .keys("who")
                .aggregate(Aggregation.of("sum", "price").windows("7d"))
                .online(true)
                .build();
        CompiledGroupBy seen = new CompiledGroupBy(
                DefinitionIds.of(definition, List.of(COLUMNS, COLUMNS), COLUMNS),
                definition,
                List.of(COLUMNS, COLUMNS),
                COLUMNS);
        ReplayedJoin replayed = ReplayedJoin.of(
                new Catalog(
                        List.of(spend, ofVisits, seen), List.of(visits, parent("training", ofVisits, seen)), List.of()),
                "training");
        assertThat(replayed.notes())
                .containsExactly(
                        "join visits has bootstrap parts: its table takes their columns, its answers do not",
                        "join visits has skewKeys: its table lacks their rows, its answers do not",
                        "GroupBy seen gives rows of join visits the time ts + 5: batch counts them from then on, live"
                                + " when the event of the left comes",
                        "topic visits_topic is read with the times seen, ts: an event is played at the first of them,"
                                + " joins are asked about it at their left's");
    }

    private static Join.Builder parentOf(String name, CompiledGroupBy... parts) {
        Join.Builder join = Join.builder(name, Source.events(name, name + "_topic", query()))
                .online(true);
        for (CompiledGroupBy part : parts) {
            join.part(JoinPart.of(part.name()));
        }
        return join;
    }

    private static CompiledJoin parent(String name, CompiledGroupBy... parts) {
        return compiled(parentOf(name, parts).build(), parts);
    }

    private static CompiledJoin compiled(Join join, CompiledGroupBy... parts) {
        List<DefinitionId> ids = Stream.of(parts).map(CompiledGroupBy::id).toList();
        return new CompiledJoin(DefinitionIds.of(join, COLUMNS, ids), join, COLUMNS, COLUMNS);
    }

    /** A GroupBy of a join's output. */
    private static CompiledGroupBy child(String name, CompiledJoin parent, String reads, String... windows) {
        return child(name, parent, reads, windows.length == 0 ? "" : windows[0], Accuracy.TEMPORAL);
    }

    private static CompiledGroupBy child(
            String name, CompiledJoin parent, String reads, String window, Accuracy accuracy) {
        Optional<String> topic =
                accuracy == Accuracy.TEMPORAL ? parent.definition().left().streamTopic() : Optional.empty();
        Aggregation.Builder sum = Aggregation.of("sum", "price");
        GroupBy definition = GroupBy.builder(name)
                .source(new Source.JoinOutput(
                        parent.name(),
                        Query.builder().wheres(reads + " IS NOT NULL").build(),
                        topic))
                .keys("who")
                .aggregate(window.isEmpty() ? sum : sum.windows(window))
                .accuracy(accuracy)
                .online(true)
                .build();
        Schema source = new Schema(List.of(
                new Field("who", Scalar.STRING), new Field("price", Scalar.LONG), new Field(reads, Scalar.LONG)));
        return new CompiledGroupBy(
                DefinitionIds.of(definition, List.of(source), COLUMNS), definition, List.of(source), COLUMNS);
    }

    @Test
    void aJoinThatIsNotOnlineIsNotServed() {
        assertThatThrownBy(() -> replayed(join().online(false).build()))
                .hasMessageContaining("join training is not online");
    }

    @Test
    void labelsAreLeftOutAndTheFeaturesReplayed() {
        ReplayedJoin replayed =
                replayed(join().labelPart(new Join.LabelPart("labels", 7, 7)).build());
        assertThat(replayed.catalog().groupBys())
                .extracting(CompiledGroupBy::name)
                .containsExactly("spend");
        assertThat(replayed.join().id())
                .isEqualTo(replayed(join().build()).join().id());
    }
}
