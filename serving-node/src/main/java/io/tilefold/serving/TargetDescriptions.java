package io.tilefold.serving;

import io.tilefold.catalog.TypeCodec;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.MetaData;
import io.tilefold.core.definition.Source;
import io.tilefold.core.time.Window;
import io.tilefold.proto.serving.v1.DerivedSchema;
import io.tilefold.proto.serving.v1.DescribeTargetResponse;
import io.tilefold.proto.serving.v1.OutputLineage;
import io.tilefold.proto.serving.v1.PartDescription;
import io.tilefold.proto.serving.v1.SourceDescription;
import java.util.ArrayList;
import java.util.List;

/** What a target takes and gives, and where its values come from, for people and tools. */
final class TargetDescriptions {
    private TargetDescriptions() {}

    static DescribeTargetResponse of(TargetPlan target) {
        MetaData metaData = target.metaData();
        DescribeTargetResponse.Builder response = DescribeTargetResponse.newBuilder()
                .setSchemaId(target.schemaId())
                .setKeys(TypeCodec.toProto(target.keys()))
                .setOutputs(target.schema().getOutputs())
                .setTeam(metaData.team())
                .setDescription(metaData.description())
                .addAllTags(metaData.tags());
        target.latencyBudgetMs().ifPresent(response::setLatencyBudgetMs);
        if (target.contextual().size() > 0) {
            response.setContextual(TypeCodec.toProto(target.contextual()));
        }
        target.parts().forEach(part -> response.addParts(part(target, part)));
        target.externals().forEach(external -> response.addParts(external(target, external)));
        target.outputsOf(TargetOutput.OF_NO_PART)
                .forEach(output -> response.addDerived(DerivedSchema.newBuilder()
                        .setExpression(output.expression())
                        .addAllParts(output.reads())));
        return response.build();
    }

    private static PartDescription part(TargetPlan target, PartPlan part) {
        GroupBy definition = part.compiled().definition();
        PartDescription.Builder description = PartDescription.newBuilder()
                .setName(part.name())
                .setGroupBy(part.groupBy())
                .setDefinitionId(part.id().toString())
                .setOutputCount(target.outputsOf(part.index()).size())
                .setTemporal(part.plan().accuracy() == Accuracy.TEMPORAL);
        for (int column : target.keySets().get(part.keySet())) {
            description.addKeyColumns(target.keys().field(column).name());
        }
        definition.sources().forEach(source -> description.addSources(source(source)));
        List<OutputLineage> lineage = lineage(part);
        for (TargetOutput output : target.outputsOf(part.index())) {
            description.addLineage(
                    output.cell().kind() == Cell.Kind.PART
                            ? lineage.get(output.cell().index())
                            : OutputLineage.newBuilder()
                                    .setExpression(output.expression())
                                    .build());
        }
        return description.build();
    }

    private static PartDescription external(TargetPlan target, ExternalPlan external) {
        PartDescription.Builder description = PartDescription.newBuilder()
                .setName(external.name())
                .setExternal(external.source())
                .setOutputCount(target.outputsOf(external.index()).size());
        external.keyColumns()
                .forEach(column ->
                        description.addKeyColumns(target.keys().field(column).name()));
        return description.build();
    }

    private static SourceDescription source(Source source) {
        SourceDescription.Builder description = SourceDescription.newBuilder()
                .putAllSelects(source.query().selects())
                .addAllWheres(source.query().wheres());
        source.streamTopic().ifPresent(description::setTopic);
        if (source instanceof Source.Events events) {
            description.setTable(events.table());
        } else if (source instanceof Source.Entities entities) {
            description.setTable(entities.snapshotTable());
            entities.mutationTable().ifPresent(description::setMutationTable);
        } else if (source instanceof Source.JoinOutput parent) {
            description.setTable(parent.join());
        }
        return description.build();
    }

    /** In the order of the plan's outputs: per window, per bucket; or per column that passes through. */
    private static List<OutputLineage> lineage(PartPlan part) {
        List<OutputLineage> lineage = new ArrayList<>();
        if (part.plan().passesThrough()) {
            part.plan()
                    .outputSchema()
                    .names()
                    .forEach(column -> lineage.add(
                            OutputLineage.newBuilder().setInputColumn(column).build()));
        }
        for (Aggregation aggregation : part.compiled().definition().aggregations()) {
            List<String> buckets = aggregation.buckets().isEmpty() ? List.of("") : aggregation.buckets();
            for (Window window : aggregation.effectiveWindows()) {
                for (String bucket : buckets) {
                    lineage.add(OutputLineage.newBuilder()
                            .setInputColumn(aggregation.inputColumn())
                            .setOperation(aggregation.operation())
                            .setWindow(window.label())
                            .setBucket(bucket)
                            .build());
                }
            }
        }
        return lineage;
    }
}
