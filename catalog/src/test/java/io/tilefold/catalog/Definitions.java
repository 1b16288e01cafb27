package io.tilefold.catalog;

import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.MetaData;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Definitions that set every field there is, so that a codec that forgets one is found out. */
final class Definitions {
    static final Schema COLUMNS = Schema.of(
            new Field("a_boolean", Scalar.BOOLEAN),
            new Field("a_byte", Scalar.BYTE),
            new Field("a_short", Scalar.SHORT),
            new Field("an_int", Scalar.INT),
            new Field("a_long", Scalar.LONG),
            new Field("a_float", Scalar.FLOAT),
            new Field("a_double", Scalar.DOUBLE),
            new Field("a_string", Scalar.STRING),
            new Field("a_binary", Scalar.BINARY),
            new Field("a_list", new ValueType.ListType(new ValueType.ListType(Scalar.INT))),
            new Field("a_map", new ValueType.MapType(Scalar.DOUBLE)),
            new Field(
                    "a_struct",
                    new ValueType.StructType(List.of(
                            new Field("x", Scalar.LONG), new Field("y", new ValueType.MapType(Scalar.STRING))))));
    static final Schema SELECTED = Schema.of(new Field("merchant", Scalar.STRING), new Field("price", Scalar.DOUBLE));

    private Definitions() {}

    static Query query() {
        return Query.builder()
                .select("price", "cents / 100")
                .select("merchant", "merchant_name")
                .wheres("price > 0", "merchant IS NOT NULL")
                .timeColumn("ts")
                .setups(List.of("CREATE TEMPORARY FUNCTION f AS 'x.Y'"))
                .partitionColumn("day")
                .startPartition("2001-01-01")
                .endPartition("2001-06-30")
                .mutationTimeColumn("mutation_ts")
                .reversalColumn("is_before")
                .build();
    }

    static MetaData metaData() {
        return new MetaData("payments", "what it is for", List.of("one", "two"));
    }

    static GroupBy.Builder groupBy() {
        return GroupBy.builder("payments.merchants")
                .source(new Source.Events("purchases", Optional.of("purchases.v1"), query(), true))
                .source(new Source.Entities("users", Optional.of("user_mutations"), Optional.of("users.v1"), query()))
                .source(new Source.JoinOutput("parent", query(), Optional.of("parent.v1")))
                .keys("merchant")
                .aggregate(Aggregation.of("last_k", "price")
                        .k(5)
                        .windows("24h", "7d")
                        .buckets("merchant"))
                .aggregate(Aggregation.of("approx_percentile", "price")
                        .args(new OperationArgs(OptionalInt.of(128), List.of(0.5, 0.99), OptionalInt.of(65_536)))
                        .elementWise())
                .accuracy(Accuracy.TEMPORAL)
                .online(true)
                .production(true)
                .derive("ratio", "a / b")
                .backfillStartDate("2001-02-03")
                .metaData(metaData());
    }

    static Join.Builder join() {
        return Join.builder("payments.context", Source.events("clicks", query()))
                .part(new JoinPart("payments.merchants", Map.of("shop", "merchant"), Optional.of("shop")))
                .part(JoinPart.of("payments.merchants"))
                .rowIds(List.of("id"))
                .derive("*", "*")
                .skewKeys("shop", List.of("'none'", "'x'"))
                .bootstrapPart(new Join.BootstrapPart("old", query(), List.of("id")))
                .externalPart(new Join.ExternalPart(
                        "weather", SELECTED, COLUMNS, Map.of("shop", "merchant"), Optional.of("p"), Optional.of("g")))
                .contextual(SELECTED)
                .labelPart(new Join.LabelPart(
                        new JoinPart("payments.merchants", Map.of("shop", "merchant"), Optional.of("late")), 30, 20))
                .online(true)
                .production(true)
                .latencyBudgetMs(25)
                .metaData(metaData());
    }
}
