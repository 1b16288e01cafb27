package io.tilefold.catalog;

import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.Join.BootstrapPart;
import io.tilefold.core.definition.Join.ExternalPart;
import io.tilefold.core.definition.Join.LabelPart;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.StagingQuery;
import io.tilefold.proto.catalog.v1.KeyMapping;
import io.tilefold.proto.catalog.v1.SkewKeys;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Joins and their parts, and staging queries. */
final class JoinCodec {
    private JoinCodec() {}

    static io.tilefold.proto.catalog.v1.Join toProto(Join join) {
        io.tilefold.proto.catalog.v1.Join.Builder proto = io.tilefold.proto.catalog.v1.Join.newBuilder()
                .setName(join.name())
                .setLeft(SourceCodec.toProto(join.left()))
                .addAllParts(join.parts().stream().map(JoinCodec::toProto).toList())
                .addAllRowIds(join.rowIds())
                .addAllDerivations(GroupByCodec.derivationsToProto(join.derivations()))
                .addAllBootstrapParts(
                        join.bootstrapParts().stream().map(JoinCodec::toProto).toList())
                .addAllExternalParts(
                        join.externalParts().stream().map(JoinCodec::toProto).toList())
                .setOnline(join.online())
                .setProduction(join.production())
                .setMetaData(SourceCodec.toProto(join.metaData()));
        join.skewKeys()
                .forEach((column, values) -> proto.addSkewKeys(
                        SkewKeys.newBuilder().setColumn(column).addAllValues(values)));
        join.contextual().map(TypeCodec::toProto).ifPresent(proto::setContextual);
        join.labelPart().map(JoinCodec::toProto).ifPresent(proto::setLabelPart);
        join.latencyBudgetMs().ifPresent(proto::setLatencyBudgetMs);
        return proto.build();
    }

    static Join fromProto(io.tilefold.proto.catalog.v1.Join proto) {
        Map<String, List<String>> skewKeys = new LinkedHashMap<>();
        for (SkewKeys skew : proto.getSkewKeysList()) {
            skewKeys.put(skew.getColumn(), List.copyOf(skew.getValuesList()));
        }
        return new Join(
                proto.getName(),
                SourceCodec.fromProto(proto.getLeft()),
                proto.getPartsList().stream().map(JoinCodec::fromProto).toList(),
                proto.getRowIdsList(),
                GroupByCodec.derivationsFromProto(proto.getDerivationsList()),
                skewKeys,
                proto.getBootstrapPartsList().stream().map(JoinCodec::fromProto).toList(),
                proto.getExternalPartsList().stream().map(JoinCodec::fromProto).toList(),
                proto.hasContextual() ? Optional.of(TypeCodec.fromProto(proto.getContextual())) : Optional.empty(),
                proto.hasLabelPart() ? Optional.of(fromProto(proto.getLabelPart())) : Optional.empty(),
                proto.getOnline(),
                proto.getProduction(),
                proto.hasLatencyBudgetMs() ? Optional.of(proto.getLatencyBudgetMs()) : Optional.empty(),
                SourceCodec.fromProto(proto.getMetaData()));
    }

    static io.tilefold.proto.catalog.v1.StagingQuery toProto(StagingQuery staging) {
        io.tilefold.proto.catalog.v1.StagingQuery.Builder proto = io.tilefold.proto.catalog.v1.StagingQuery.newBuilder()
                .setName(staging.name())
                .setQuery(staging.query())
                .addAllSetups(staging.setups())
                .setView(staging.isView())
                .setMetaData(SourceCodec.toProto(staging.metaData()));
        staging.startPartition().ifPresent(proto::setStartPartition);
        return proto.build();
    }

    static StagingQuery fromProto(io.tilefold.proto.catalog.v1.StagingQuery proto) {
        return new StagingQuery(
                proto.getName(),
                proto.getQuery(),
                proto.getSetupsList(),
                SourceCodec.optional(proto.hasStartPartition(), proto.getStartPartition()),
                proto.getView(),
                SourceCodec.fromProto(proto.getMetaData()));
    }

    private static io.tilefold.proto.catalog.v1.JoinPart toProto(JoinPart part) {
        io.tilefold.proto.catalog.v1.JoinPart.Builder proto = io.tilefold.proto.catalog.v1.JoinPart.newBuilder()
                .setGroupBy(part.groupBy())
                .addAllKeyMapping(mappingToProto(part.keyMapping()));
        part.prefix().ifPresent(proto::setPrefix);
        return proto.build();
    }

    private static JoinPart fromProto(io.tilefold.proto.catalog.v1.JoinPart proto) {
        return new JoinPart(
                proto.getGroupBy(),
                mappingFromProto(proto.getKeyMappingList()),
                SourceCodec.optional(proto.hasPrefix(), proto.getPrefix()));
    }

    private static io.tilefold.proto.catalog.v1.BootstrapPart toProto(BootstrapPart part) {
        return io.tilefold.proto.catalog.v1.BootstrapPart.newBuilder()
                .setTable(part.table())
                .setQuery(SourceCodec.toProto(part.query()))
                .addAllKeys(part.keys())
                .build();
    }

    private static BootstrapPart fromProto(io.tilefold.proto.catalog.v1.BootstrapPart proto) {
        return new BootstrapPart(proto.getTable(), SourceCodec.fromProto(proto.getQuery()), proto.getKeysList());
    }

    private static io.tilefold.proto.catalog.v1.ExternalPart toProto(ExternalPart part) {
        io.tilefold.proto.catalog.v1.ExternalPart.Builder proto = io.tilefold.proto.catalog.v1.ExternalPart.newBuilder()
                .setName(part.name())
                .setKeys(TypeCodec.toProto(part.keys()))
                .setValues(TypeCodec.toProto(part.values()))
                .addAllKeyMapping(mappingToProto(part.keyMapping()));
        part.prefix().ifPresent(proto::setPrefix);
        part.offlineGroupBy().ifPresent(proto::setOfflineGroupBy);
        return proto.build();
    }

    private static ExternalPart fromProto(io.tilefold.proto.catalog.v1.ExternalPart proto) {
        return new ExternalPart(
                proto.getName(),
                TypeCodec.fromProto(proto.getKeys()),
                TypeCodec.fromProto(proto.getValues()),
                mappingFromProto(proto.getKeyMappingList()),
                SourceCodec.optional(proto.hasPrefix(), proto.getPrefix()),
                SourceCodec.optional(proto.hasOfflineGroupBy(), proto.getOfflineGroupBy()));
    }

    private static io.tilefold.proto.catalog.v1.LabelPart toProto(LabelPart part) {
        io.tilefold.proto.catalog.v1.LabelPart.Builder proto = io.tilefold.proto.catalog.v1.LabelPart.newBuilder()
                .setGroupBy(part.groupBy())
                .setStartDays(part.startDays())
                .setEndDays(part.endDays())
                .addAllKeyMapping(mappingToProto(part.part().keyMapping()));
        part.part().prefix().ifPresent(proto::setPrefix);
        return proto.build();
    }

    private static LabelPart fromProto(io.tilefold.proto.catalog.v1.LabelPart proto) {
        JoinPart part = new JoinPart(
                proto.getGroupBy(),
                mappingFromProto(proto.getKeyMappingList()),
                SourceCodec.optional(proto.hasPrefix(), proto.getPrefix()));
        return new LabelPart(part, proto.getStartDays(), proto.getEndDays());
    }

    private static List<KeyMapping> mappingToProto(Map<String, String> mapping) {
        return mapping.entrySet().stream()
                .map(entry -> KeyMapping.newBuilder()
                        .setLeft(entry.getKey())
                        .setRight(entry.getValue())
                        .build())
                .toList();
    }

    private static Map<String, String> mappingFromProto(List<KeyMapping> protos) {
        Map<String, String> mapping = new LinkedHashMap<>();
        for (KeyMapping proto : protos) {
            if (mapping.put(proto.getLeft(), proto.getRight()) != null) {
                throw new CatalogFormatException("left column " + proto.getLeft() + " is mapped twice");
            }
        }
        return mapping;
    }
}
