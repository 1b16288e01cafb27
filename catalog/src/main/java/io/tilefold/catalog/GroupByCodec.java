package io.tilefold.catalog;

import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Derivation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.time.Window;
import java.util.List;
import java.util.OptionalInt;

/** GroupBys and their parts. */
final class GroupByCodec {
    private GroupByCodec() {}

    static io.tilefold.proto.catalog.v1.GroupBy toProto(GroupBy groupBy) {
        io.tilefold.proto.catalog.v1.GroupBy.Builder proto = io.tilefold.proto.catalog.v1.GroupBy.newBuilder()
                .setName(groupBy.name())
                .addAllSources(
                        groupBy.sources().stream().map(SourceCodec::toProto).toList())
                .addAllKeys(groupBy.keys())
                .addAllAggregations(groupBy.aggregations().stream()
                        .map(GroupByCodec::toProto)
                        .toList())
                .setAccuracy(toProto(groupBy.accuracy()))
                .setOnline(groupBy.online())
                .setProduction(groupBy.production())
                .addAllDerivations(derivationsToProto(groupBy.derivations()))
                .setMetaData(SourceCodec.toProto(groupBy.metaData()));
        groupBy.backfillStartDate().ifPresent(proto::setBackfillStartDate);
        return proto.build();
    }

    static GroupBy fromProto(io.tilefold.proto.catalog.v1.GroupBy proto) {
        return new GroupBy(
                proto.getName(),
                proto.getSourcesList().stream().map(SourceCodec::fromProto).toList(),
                proto.getKeysList(),
                proto.getAggregationsList().stream()
                        .map(GroupByCodec::fromProto)
                        .toList(),
                fromProto(proto.getAccuracy()),
                proto.getOnline(),
                proto.getProduction(),
                derivationsFromProto(proto.getDerivationsList()),
                SourceCodec.optional(proto.hasBackfillStartDate(), proto.getBackfillStartDate()),
                SourceCodec.fromProto(proto.getMetaData()));
    }

    static List<io.tilefold.proto.catalog.v1.Derivation> derivationsToProto(List<Derivation> derivations) {
        return derivations.stream()
                .map(derivation -> io.tilefold.proto.catalog.v1.Derivation.newBuilder()
                        .setName(derivation.name())
                        .setExpression(derivation.expression())
                        .build())
                .toList();
    }

    static List<Derivation> derivationsFromProto(List<io.tilefold.proto.catalog.v1.Derivation> protos) {
        return protos.stream()
                .map(proto -> new Derivation(proto.getName(), proto.getExpression()))
                .toList();
    }

    private static io.tilefold.proto.catalog.v1.Aggregation toProto(Aggregation aggregation) {
        io.tilefold.proto.catalog.v1.OperationArgs.Builder args =
                io.tilefold.proto.catalog.v1.OperationArgs.newBuilder()
                        .addAllPercentiles(aggregation.args().percentiles());
        aggregation.args().k().ifPresent(args::setK);
        aggregation.args().maxStateBytes().ifPresent(args::setMaxStateBytes);
        return io.tilefold.proto.catalog.v1.Aggregation.newBuilder()
                .setInputColumn(aggregation.inputColumn())
                .setOperation(aggregation.operation())
                .setArgs(args)
                .addAllWindows(aggregation.windows().stream().map(Window::label).toList())
                .addAllBuckets(aggregation.buckets())
                .setElementWise(aggregation.elementWise())
                .build();
    }

    private static Aggregation fromProto(io.tilefold.proto.catalog.v1.Aggregation proto) {
        io.tilefold.proto.catalog.v1.OperationArgs args = proto.getArgs();
        return new Aggregation(
                proto.getInputColumn(),
                proto.getOperation(),
                new OperationArgs(
                        args.hasK() ? OptionalInt.of(args.getK()) : OptionalInt.empty(),
                        args.getPercentilesList(),
                        args.hasMaxStateBytes() ? OptionalInt.of(args.getMaxStateBytes()) : OptionalInt.empty()),
                proto.getWindowsList().stream().map(Window::parse).toList(),
                proto.getBucketsList(),
                proto.getElementWise());
    }

    private static io.tilefold.proto.catalog.v1.Accuracy toProto(Accuracy accuracy) {
        return switch (accuracy) {
            case SNAPSHOT -> io.tilefold.proto.catalog.v1.Accuracy.ACCURACY_SNAPSHOT;
            case TEMPORAL -> io.tilefold.proto.catalog.v1.Accuracy.ACCURACY_TEMPORAL;
        };
    }

    private static Accuracy fromProto(io.tilefold.proto.catalog.v1.Accuracy accuracy) {
        return switch (accuracy) {
            case ACCURACY_SNAPSHOT -> Accuracy.SNAPSHOT;
            case ACCURACY_TEMPORAL -> Accuracy.TEMPORAL;
            case ACCURACY_UNSPECIFIED, UNRECOGNIZED ->
                throw new CatalogFormatException("accuracy " + accuracy + " is not one of this version");
        };
    }
}
