package io.tilefold.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import org.junit.jupiter.api.Test;

class GroupByPlanTest {
    private static GroupBy groupBy(Aggregation.Builder... aggregations) {
        GroupBy.Builder builder = GroupBy.builder("g")
                .source(Source.events("t", Query.builder().timeColumn("ts").build()))
                .keys("origin");
        for (Aggregation.Builder aggregation : aggregations) {
            builder.aggregate(aggregation);
        }
        return builder.build();
    }

    @Test
    void namesAndSharesStates() {
        GroupByPlan plan = GroupByPlan.compile(
                groupBy(
                        Aggregation.of("sum", "delay").windows("7d", "12h", "24h", "1d"),
                        Aggregation.of("sum", "delay"),
                        Aggregation.of("last_k", "destination").k(5).windows("7d"),
                        Aggregation.of("average", "delay")
                                .buckets("destination")
                                .windows("30d")),
                FlightsLike.ROW);
        assertThat(plan.outputs().stream().map(GroupByPlan.Output::name))
                .containsExactly(
                        "delay_sum_7d",
                        "delay_sum_12h",
                        "delay_sum_24h",
                        "delay_sum_1d",
                        "delay_sum",
                        "destination_last5_7d",
                        "delay_average_30d_by_destination");
        assertThat(plan.outputs().stream().map(output -> output.type().toString()))
                .containsExactly("long", "long", "long", "long", "long", "list<string>", "map<string,double>");
        assertThat(plan.tiles().accumulatorCount()).isEqualTo(3);
        assertThat(plan.windows()).as("24h and 1d are one window").hasSize(5);
        assertThat(plan.accuracy()).isEqualTo(Accuracy.SNAPSHOT);
    }

    @Test
    void whatIsPartOfAnothersStateKeepsNone() {
        GroupByPlan plan = GroupByPlan.compile(
                groupBy(
                        Aggregation.of("variance", "delay").windows("7d"),
                        Aggregation.of("count", "delay").windows("7d"),
                        Aggregation.of("count", "destination").windows("7d"),
                        Aggregation.of("average", "delay").windows("12h"),
                        Aggregation.of("kurtosis", "delay"),
                        Aggregation.of("sum", "delay").windows("7d"),
                        Aggregation.of("sum", "delay").buckets("destination").windows("7d")),
                FlightsLike.ROW);
        assertThat(plan.outputs().stream().map(GroupByPlan.Output::state))
                .as("count of delay by the kurtosis' state, which the variance's is part of")
                .containsExactly(2, 2, 0, 1, 2, 1, 3);
        assertThat(plan.tiles().accumulatorCount()).isEqualTo(4);
    }

    @Test
    void refusesWithTheFieldTheValueAndAHint() {
        refused(groupBy(Aggregation.of("medain", "delay")), "aggregations[0].operation", "medain", "average");
        refused(groupBy(Aggregation.of("sum", "dely")), "aggregations[0].inputColumn", "dely", "delay");
        refused(groupBy(Aggregation.of("sum", "destination")), "aggregations[0].inputColumn", "string", "numeric");
        refused(groupBy(Aggregation.of("last_k", "delay")), "aggregations[0].args", "k is missing", "");
        refused(groupBy(Aggregation.of("last_k", "delay").k(0)), "aggregations[0].args", "k is 0", "");
        refused(groupBy(Aggregation.of("sum", "delay").k(2)), "aggregations[0].args", "takes no k", "");
        refused(groupBy(Aggregation.of("sum", "delay").buckets("delay")), "aggregations[0].buckets", "int", "CAST");
        refused(
                groupBy(Aggregation.of("sum", "delay"), Aggregation.of("sum", "delay")),
                "aggregations",
                "delay_sum",
                "");
    }

    @Test
    void refusesBoundsOutsideTheirRange() {
        refused(
                groupBy(bounded("unique_count", "delay", 1 << 25)),
                "aggregations[0].args.maxStateBytes",
                "unique_count of delay: maxStateBytes is 33554432: it must be from 1024 to 16777216",
                "");
        refused(
                groupBy(Aggregation.of("sum", "delay"), bounded("histogram", "destination", 10)),
                "aggregations[1].args.maxStateBytes",
                "histogram of destination: maxStateBytes is 10",
                "leave it out for 1048576");
    }

    @Test
    void refusesStatesThatTogetherAreLongerThanAKeyMayBe() {
        int bound = TileLayout.LARGEST_BLOB_BOUND;
        refused(
                groupBy(
                        bounded("unique_count", "destination", bound),
                        Aggregation.of("count", "delay").buckets("destination"),
                        bounded("histogram", "destination", bound)),
                "aggregations[0].args",
                "the 3 states of a key may take 34603072 bytes, more than 33554432; "
                        + "unique_count of destination alone 16777240",
                "maxStateBytes (11184784 for each of 3");
    }

    private static Aggregation.Builder bounded(String operation, String column, int maxStateBytes) {
        return Aggregation.of(operation, column).args(OperationArgs.NONE.withMaxStateBytes(maxStateBytes));
    }

    private static final Schema NESTED = Schema.of(
            new Field("origin", Scalar.STRING),
            new Field("tags", new ListType(Scalar.STRING)),
            new Field("scores", new ListType(Scalar.DOUBLE)),
            new Field("prices", new MapType(Scalar.LONG)));

    @Test
    void typesOfListsMapsAndElementWise() {
        GroupByPlan plan = GroupByPlan.compile(
                groupBy(
                        Aggregation.of("unique_count", "tags").buckets("origin"),
                        Aggregation.of("last_k", "tags").k(2),
                        Aggregation.of("average", "scores").elementWise(),
                        Aggregation.of("top_k", "prices").k(3),
                        Aggregation.of("first", "prices")),
                NESTED);
        assertThat(plan.outputs().stream().map(output -> output.type().toString()))
                .containsExactly(
                        "map<string,long>",
                        "list<list<string>>",
                        "list<double>",
                        "map<string,list<long>>",
                        "map<string,long>");
    }

    @Test
    void refusesFormsThatHaveNoMeaning() {
        refusedNested(Aggregation.of("sum", "tags"), "aggregations[0].inputColumn", "list<string>");
        refusedNested(Aggregation.of("sum", "prices").elementWise(), "aggregations[0].elementWise", "not a list");
        refusedNested(Aggregation.of("last", "scores").elementWise(), "aggregations[0].elementWise", "whole");
        refusedNested(
                Aggregation.of("sum", "scores").elementWise().buckets("origin"),
                "aggregations[0].buckets",
                "elementWise");
        refusedNested(Aggregation.of("sum", "prices").buckets("origin"), "aggregations[0].buckets", "map");
    }

    private static void refusedNested(Aggregation.Builder aggregation, String field, String problem) {
        refused(groupBy(aggregation), NESTED, field, problem, "");
    }

    private static void refused(GroupBy definition, String field, String problem, String hint) {
        refused(definition, FlightsLike.ROW, field, problem, hint);
    }

    private static void refused(GroupBy definition, Schema row, String field, String problem, String hint) {
        assertThatThrownBy(() -> GroupByPlan.compile(definition, row))
                .isInstanceOfSatisfying(DefinitionException.class, refusal -> {
                    assertThat(refusal.field()).isEqualTo(field);
                    assertThat(refusal.problem()).contains(problem);
                    assertThat(refusal.hint()).contains(hint);
                });
    }
}
