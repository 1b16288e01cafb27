package io.tilefold.cli.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        CompiledJoin compiled =
                new CompiledJoin(DefinitionIds.of(join, COLUMNS, List.of(spend.id())), join, COLUMNS, COLUMNS);
        Catalog all = new Catalog(List.of(spend, groupBy("labels")), List.of(compiled), List.of());
        return ReplayedJoin.of(all, "training");
    }

    @Test
    void whatStandsForAnExternalSourceOfflineCannotBeCompared() {
        Join join = join().externalPart(new Join.ExternalPart(
                        "weather",
                        Schema.of(new Field("who", Scalar.STRING)),
                        Schema.of(new Field("wind", Scalar.DOUBLE)),
                        Map.of(),
                        Optional.empty(),
                        Optional.of("reports")))
                .build();
        assertThatThrownBy(() -> replayed(join))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "join training, external part weather: a replay asks no other service, so what stands for its"
                                + " values offline (reports) cannot be compared; replay a join without offlineGroupBy");
    }

    @Test
    void whatReadsAnotherJoinsOutputIsNotPlayed() {
        Join join = join().build();
        GroupBy definition = GroupBy.builder("spend")
                .source(new Source.JoinOutput("parent", query(), Optional.of("parents")))
                .keys("who")
                .aggregate(Aggregation.of("sum", "price").windows("7d"))
                .online(true)
                .build();
        CompiledGroupBy spend = new CompiledGroupBy(
                DefinitionIds.of(definition, List.of(COLUMNS), COLUMNS), definition, List.of(COLUMNS), COLUMNS);
        CompiledJoin compiled =
                new CompiledJoin(DefinitionIds.of(join, COLUMNS, List.of(spend.id())), join, COLUMNS, COLUMNS);
        assertThatThrownBy(() -> ReplayedJoin.of(new Catalog(List.of(spend), List.of(compiled), List.of()), "training"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("join training, part spend: it reads the output of join parent")
                .hasMessageContaining("replay join parent");
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
