package io.tilefold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.MetaData;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class DefinitionIdsTest {
    private static final DefinitionId SOME_PART = id(groupBy());

    private static GroupBy.Builder groupBy(Query.Builder query) {
        return GroupBy.builder("flights.route")
                .source(Source.events(
                        "flights", "flights", query.timeColumn("ts").build()))
                .keys("origin")
                .aggregate(Aggregation.of("sum", "delay").windows("7d"))
                .online(true);
    }

    private static GroupBy.Builder groupBy() {
        return groupBy(Query.builder().select("origin", "from").select("delay", "late"));
    }

    private static Schema selected(Scalar delay) {
        return Schema.of(new Field("origin", Scalar.STRING), new Field("delay", delay));
    }

    private static DefinitionId id(GroupBy.Builder groupBy) {
        return DefinitionIds.of(groupBy.build(), List.of(Definitions.COLUMNS), selected(Scalar.INT));
    }

    private static DefinitionId id(Join.Builder join) {
        return DefinitionIds.of(join.build(), Definitions.COLUMNS, List.of(SOME_PART));
    }

    private static Join.Builder join(Map<String, String> keyMapping) {
        return Join.builder("context", Source.events("flights", Query.builder().build()))
                .part(new JoinPart("flights.route", keyMapping, Optional.empty()));
    }

    /** If this fails, every id there is has changed: old catalogs, uploads and logs no longer match what compiles. */
    @Test
    void isPinned() {
        assertThat(id(groupBy()).hex()).isEqualTo("cfb7fd4ef77795aaa9b80c7eb6de670e05f6b2bd60d5a6b58e445ee1d3d4752e");
    }

    @Test
    void whatIsNotAValueChangesNothing() {
        DefinitionId id = id(groupBy());

        assertThat(id(groupBy().metaData(new MetaData("flights", "words", List.of("tag")))))
                .isEqualTo(id);
        assertThat(id(groupBy().online(false))).isEqualTo(id);
        assertThat(id(groupBy().production(true))).isEqualTo(id);
        assertThat(id(groupBy().backfillStartDate("2001-01-01"))).isEqualTo(id);
        assertThat(id(groupBy(Query.builder().select("delay", "late").select("origin", "from"))))
                .isEqualTo(id);
    }

    @Test
    void whatDecidesAValueChangesIt() {
        DefinitionId id = id(groupBy());

        assertThat(List.of(
                        id(groupBy().keys("origin", "delay")),
                        id(groupBy().accuracy(Accuracy.SNAPSHOT)),
                        id(groupBy().aggregate(Aggregation.of("sum", "delay").windows("8d"))),
                        id(groupBy().derive("x", "y")),
                        id(groupBy(Query.builder().select("origin", "from").select("delay", "later"))),
                        id(groupBy(Query.builder()
                                .select("origin", "from")
                                .select("delay", "late")
                                .wheres("late > 0"))),
                        DefinitionIds.of(groupBy().build(), List.of(Definitions.SELECTED), selected(Scalar.INT)),
                        DefinitionIds.of(groupBy().build(), List.of(Definitions.COLUMNS), selected(Scalar.LONG))))
                .doesNotContain(id)
                .doesNotHaveDuplicates();
    }

    @Test
    void oneWindowUnderTwoNamesIsTwoDefinitions() {
        GroupBy.Builder day =
                GroupBy.builder("g").aggregate(Aggregation.of("sum", "delay").windows("1d"));
        GroupBy.Builder hours =
                GroupBy.builder("g").aggregate(Aggregation.of("sum", "delay").windows("24h"));

        assertThat(id(day)).as("their outputs have other names").isNotEqualTo(id(hours));
    }

    @Test
    void aJoinChangesWithItsPartsAndNotWithItsBudget() {
        Map<String, String> mapping = new java.util.LinkedHashMap<>();
        mapping.put("b", "origin");
        mapping.put("a", "delay");
        Map<String, String> turned = new java.util.LinkedHashMap<>();
        turned.put("a", "delay");
        turned.put("b", "origin");
        DefinitionId id = id(join(mapping));

        assertThat(id(join(turned))).isEqualTo(id);
        assertThat(id(join(mapping).online(true).production(true).latencyBudgetMs(7)))
                .isEqualTo(id);
        assertThat(id(join(mapping).metaData(Definitions.metaData()))).isEqualTo(id);
        assertThat(id(join(Map.of("b", "origin")))).isNotEqualTo(id);
        assertThat(DefinitionIds.of(
                        join(mapping).build(),
                        Definitions.COLUMNS,
                        List.of(id(groupBy().keys("delay")))))
                .isNotEqualTo(id);
    }

    @Test
    void labelsHaveAnIdOfTheirOwn() {
        JoinPart by = new JoinPart("purchases", Map.of("shop", "merchant"), Optional.empty());
        Join.Builder plain = join(Map.of("b", "origin"));
        DefinitionId features = id(plain);
        DefinitionId labels = labels(join(Map.of("b", "origin")).labelPart(new Join.LabelPart(by, 7, 7)));

        assertThat(id(join(Map.of("b", "origin")).labelPart(new Join.LabelPart(by, 7, 7))))
                .as("features do not change with labels")
                .isEqualTo(features);
        assertThat(labels(join(Map.of("c", "origin"))
                        .derive("x", "y")
                        .online(true)
                        .metaData(Definitions.metaData())
                        .labelPart(new Join.LabelPart(by, 7, 7))))
                .as("nor labels with features")
                .isEqualTo(labels)
                .isNotEqualTo(features);
        JoinPart prefixed = new JoinPart("purchases", Map.of("shop", "merchant"), Optional.of("p"));
        JoinPart mapped = new JoinPart("purchases", Map.of("other", "merchant"), Optional.empty());
        assertThat(List.of(
                        labels(join(Map.of()).labelPart(new Join.LabelPart(by, 8, 7))),
                        labels(join(Map.of()).labelPart(new Join.LabelPart(by, 7, 6))),
                        labels(join(Map.of()).labelPart(new Join.LabelPart(prefixed, 7, 7))),
                        labels(join(Map.of()).labelPart(new Join.LabelPart(mapped, 7, 7))),
                        labels(join(Map.of()).skewKeys("a", List.of("1")).labelPart(new Join.LabelPart(by, 7, 7))),
                        labels(join(Map.of()).rowIds(List.of("id")).labelPart(new Join.LabelPart(by, 7, 7))),
                        DefinitionIds.ofLabels(
                                join(Map.of())
                                        .labelPart(new Join.LabelPart(by, 7, 7))
                                        .build(),
                                Definitions.COLUMNS,
                                List.of(id(groupBy().keys("delay"))))))
                .doesNotContain(labels)
                .doesNotHaveDuplicates();
    }

    private static DefinitionId labels(Join.Builder join) {
        return DefinitionIds.ofLabels(join.build(), Definitions.COLUMNS, List.of(SOME_PART));
    }
}
