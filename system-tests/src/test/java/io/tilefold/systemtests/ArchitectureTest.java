package io.tilefold.systemtests;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.onlyDependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.stream.Stream;

/** The rows of docs/ARCHITECTURE.md's module table. Each rule's reason says where code that breaks it belongs. */
@AnalyzeClasses(packages = "io.tilefold", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] JDK = {"java..", "javax..", "jdk..", "org.jspecify..", ""};

    private static ArchRule module(String name, String reason, String... allowed) {
        String own = "io.tilefold." + name + "..";
        DescribedPredicate<JavaClass> permitted = resideInAnyPackage(Stream.of(JDK, allowed, new String[] {own})
                        .flatMap(Arrays::stream)
                        .toArray(String[]::new))
                .or(DescribedPredicate.describe("arrays of primitives", JavaClass::isArray))
                .or(DescribedPredicate.describe("primitives", JavaClass::isPrimitive));
        return classes()
                .that()
                .resideInAPackage(own)
                .should(onlyDependOnClassesThat(permitted))
                .because(reason);
    }

    private static final String CORE = "io.tilefold.core..";
    private static final String PROTO = "io.tilefold.proto..";
    private static final String[] GRPC = {"io.grpc..", "com.google.."};

    private static String[] with(String[] some, String... more) {
        return Stream.of(some, more).flatMap(Arrays::stream).toArray(String[]::new);
    }

    @ArchTest
    static final ArchRule featureCore = module(
            "core",
            "feature-core is the ground floor: Spark, Kafka, gRPC and Aeron belong to the modules above it",
            "org.agrona..",
            "org.apache.datasketches..");

    @ArchTest
    static final ArchRule featureCoreOpensNoFileAndReadsNoClock = noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.nio.file..", "java.net..")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.time.Clock")
            .because("time and channels are parameters of feature-core: open files in tile-store or batch-uploader");

    @ArchTest
    static final ArchRule tileStore = module(
            "store",
            "tile-store knows bytes and plans: wire types belong to ingest and serving-node",
            CORE,
            "org.agrona..");

    @ArchTest
    static final ArchRule catalog =
            module("catalog", "catalog is definitions and protobuf alone", CORE, PROTO, "com.google..");

    @ArchTest
    static final ArchRule expressions = module(
            "expressions",
            "expressions is Catalyst behind our types: what to compute is decided elsewhere",
            CORE,
            "org.apache.spark..",
            "scala..",
            // The constructor of Catalyst's in-memory catalog takes one.
            "org.antlr.v4.runtime..", // Spark's grammar
            "org.apache.hadoop.conf..",
            "org.slf4j..",
            "org.agrona..");

    @ArchTest
    static final ArchRule nodeSupport = module(
            "node",
            "node-support is what nodes have in common towards their operators: nothing of events, tiles or features",
            with(GRPC, "org.HdrHistogram..", "org.slf4j..", "com.sun.net.httpserver..", "io.opentelemetry.."));

    @ArchTest
    static final ArchRule compiler = module(
            "compiler",
            "the compiler knows definitions and expressions: nothing of servers",
            CORE,
            PROTO,
            "io.tilefold.catalog..",
            "io.tilefold.expressions..",
            "com.google..",
            "org.snakeyaml..");

    @ArchTest
    static final ArchRule ingest = noClasses()
            .that()
            .resideInAPackage("io.tilefold.ingest..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.tilefold.serving..", "io.tilefold.batch..", "io.tilefold.compiler..")
            .orShould()
            .dependOnClassesThat()
            .resideInAPackage("io.tilefold.core.algebra..")
            .because(
                    "ingest carries events to the store: what an aggregation does stays in feature-core, and what a join"
                            + " answers is asked of serving nodes, by the client");

    @ArchTest
    static final ArchRule devBroker = module(
            "broker",
            "the development broker has a class path of its own: nothing of ours",
            "kafka..",
            "org.apache.kafka..",
            "scala..",
            "org.slf4j..");

    @ArchTest
    static final ArchRule client = module(
            "client",
            "the client is what users take into their services: no server code",
            with(GRPC, CORE, PROTO, "org.slf4j..", "org.agrona.."));

    @ArchTest
    static final ArchRule jobOptions = module(
            "job",
            "job-options is what a job and the command that starts it must agree on: neither Spark nor our own",
            "picocli..");

    @ArchTest
    static final ArchRule loadtest = module(
            "loadtest",
            "the load test measures what users see: the public API only",
            with(GRPC, "io.tilefold.client..", PROTO, "org.HdrHistogram..", "org.slf4j.."));

    @ArchTest
    static final ArchRule benchmarks = module(
            "benchmarks",
            "benchmarks measures the algebra and the store beside their rivals: servers are measured by loadtest",
            CORE,
            "io.tilefold.store..",
            "org.agrona..",
            "org.openjdk.jmh..",
            "org.HdrHistogram..",
            "sun.misc..", // what JMH generates pads its states with it
            "org.lmdbjava..",
            "org.rocksdb..",
            "net.openhft..");

    @ArchTest
    static final ArchRule servingBenchmarks = module(
            "servingbench",
            "serving-benchmarks measures a serving node beside what gRPC itself costs, and beside Redis",
            with(
                    GRPC,
                    CORE,
                    PROTO,
                    "io.tilefold.catalog..",
                    "io.tilefold.store..",
                    "io.tilefold.serving..",
                    "io.tilefold.client..",
                    "io.tilefold.loadtest..",
                    "io.netty..",
                    "io.lettuce..",
                    "picocli..",
                    "org.HdrHistogram..",
                    "org.agrona..",
                    "com.sun.management..")); // bytes allocated per thread

    @ArchTest
    static final ArchRule serving = noClasses()
            .that()
            .resideInAPackage("io.tilefold.serving..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..",
                    "io.aeron..",
                    "io.tilefold.ingest..",
                    "io.tilefold.batch..",
                    "io.tilefold.client..")
            .because("serving reads the store: events reach it through ingest alone");

    @ArchTest
    static final ArchRule batch = noClasses()
            .that()
            .resideInAPackage("io.tilefold.batch..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.tilefold.store..", "io.tilefold.ingest..", "io.tilefold.serving..", "io.tilefold.expressions..")
            .because("the job talks to ingest through the upload API");

    @ArchTest
    static final ArchRule accumulatorsStayInFeatureCore = noClasses()
            .that()
            .resideOutsideOfPackage(CORE)
            .should()
            .beAssignableTo("io.tilefold.core.algebra.Accumulator")
            .because("a new operation is one class in feature-core's algebra and one registration");

    @ArchTest
    static final ArchRule noUtilNoCommon = noClasses()
            .should()
            .resideInAnyPackage("..util..", "..utils..", "..common..", "..helper..")
            .because("a thing lives where its concept lives");

    @ArchTest
    static final ArchRule packagesFormNoCycles = slices().matching("io.tilefold.(**)")
            .should()
            .beFreeOfCycles()
            .because("arrows go one way, between packages too");
}
