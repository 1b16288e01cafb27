package io.tilefold.cli;

import io.grpc.ManagedChannel;
import io.tilefold.cli.config.ToolSettings;
import io.tilefold.proto.serving.v1.DerivedSchema;
import io.tilefold.proto.serving.v1.DescribeTargetRequest;
import io.tilefold.proto.serving.v1.DescribeTargetResponse;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc.FeatureServiceBlockingStub;
import io.tilefold.proto.serving.v1.ListTargetsRequest;
import io.tilefold.proto.serving.v1.ListTargetsResponse;
import io.tilefold.proto.serving.v1.OutputLineage;
import io.tilefold.proto.serving.v1.PartDescription;
import io.tilefold.proto.serving.v1.RefusedTarget;
import io.tilefold.proto.types.v1.Schema;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tilefold describe [TARGET]}: what a serving node serves, what a target takes and gives, and where its values come from. */
@Command(
        name = "describe",
        description = {
            "Show what a serving node serves; of one target its keys, and where each output comes from.",
            "Without TARGET: all joins and GroupBys, and why others are not served."
        },
        mixinStandardHelpOptions = true)
final class DescribeCommand implements Callable<Integer> {
    private static final long TIMEOUT_S = 10;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "TARGET",
            description = "A join, or a GroupBy with --group-by.")
    private @Nullable String target;

    @Option(names = "--group-by", description = "TARGET names a GroupBy.")
    private boolean groupBy;

    @Mixin
    private ServingTool tool = new ServingTool();

    @Override
    public Integer call() throws IOException {
        ToolSettings settings = tool.settings();
        PrintWriter out = spec.commandLine().getOut();
        if (tool.printed(settings, out)) {
            return Tilefold.EXIT_OK;
        }
        ManagedChannel channel = NodeAccess.channel(settings, settings.server());
        try {
            FeatureServiceBlockingStub node =
                    FeatureServiceGrpc.newBlockingStub(channel).withDeadlineAfter(TIMEOUT_S, TimeUnit.SECONDS);
            if (target == null) {
                print(node.listTargets(ListTargetsRequest.getDefaultInstance()), out);
            } else {
                DescribeTargetRequest.Builder request = DescribeTargetRequest.newBuilder();
                print(
                        node.describeTarget((groupBy ? request.setGroupBy(target) : request.setJoin(target)).build()),
                        out);
            }
            out.flush();
        } finally {
            channel.shutdownNow();
        }
        return Tilefold.EXIT_OK;
    }

    private static void print(ListTargetsResponse targets, PrintWriter out) {
        targets.getJoinsList().forEach(join -> out.println("join      " + join));
        targets.getGroupBysList().forEach(groupBy -> out.println("group-by  " + groupBy));
        for (RefusedTarget refused : targets.getRefusedList()) {
            String name = refused.hasJoin() ? "join      " + refused.getJoin() : "group-by  " + refused.getGroupBy();
            out.println(name + "  NOT SERVED: " + refused.getReason());
        }
    }

    private static void print(DescribeTargetResponse target, PrintWriter out) {
        if (!target.getDescription().isEmpty()) {
            out.println(target.getDescription());
        }
        if (!target.getTeam().isEmpty()) {
            out.println("team " + target.getTeam());
        }
        out.println("keys " + columns(target.getKeys()));
        if (target.hasContextual()) {
            out.println("contextual " + columns(target.getContextual()));
        }
        int next = 0;
        for (PartDescription part : target.getPartsList()) {
            String kind = part.getExternal().isEmpty()
                    ? "group-by " + part.getGroupBy() + ", " + (part.getTemporal() ? "TEMPORAL" : "SNAPSHOT")
                    : "external source " + part.getExternal();
            out.println();
            out.println(part.getName() + ": " + kind + ", by " + String.join(", ", part.getKeyColumnsList()));
            for (int i = 0; i < part.getOutputCount(); i++) {
                String from = i < part.getLineageCount() ? lineage(part.getLineage(i)) : "";
                out.println("  " + output(target, next++) + from);
            }
        }
        if (target.getDerivedCount() > 0) {
            out.println();
            out.println("of the join itself:");
        }
        for (DerivedSchema derived : target.getDerivedList()) {
            String from = derived.getExpression().isEmpty() ? "contextual" : derived.getExpression();
            out.println("  " + output(target, next++) + "  = " + from);
        }
    }

    private static String output(DescribeTargetResponse target, int index) {
        io.tilefold.proto.types.v1.Field field = target.getOutputs().getFields(index);
        return field.getName() + " " + TypeText.of(field.getType());
    }

    private static String lineage(OutputLineage lineage) {
        if (!lineage.getExpression().isEmpty()) {
            return "  = " + lineage.getExpression();
        }
        if (lineage.getOperation().isEmpty()) {
            return "  = " + lineage.getInputColumn() + " of the snapshot";
        }
        String window = lineage.getWindow().isEmpty() ? "all of history" : lineage.getWindow();
        String bucket = lineage.getBucket().isEmpty() ? "" : " by " + lineage.getBucket();
        return "  = " + lineage.getOperation() + "(" + lineage.getInputColumn() + ") over " + window + bucket;
    }

    private static String columns(Schema schema) {
        return String.join(
                ", ",
                schema.getFieldsList().stream()
                        .map(field -> field.getName() + " " + TypeText.of(field.getType()))
                        .toList());
    }
}
