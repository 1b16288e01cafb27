package io.tilefold.examples.flights;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

/** What judges the system's answers may not be built from the system. */
class OracleIndependenceTest {
    @Test
    void theOracleUsesTheJdkAndThisPackageAlone() {
        classes()
                .that()
                .resideInAPackage("io.tilefold.examples.flights")
                .and()
                .haveNameMatching(".*\\.(FlightsOracle|FlightsDatabase|Question|CellComparison)(\\$.*)?")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "org.jspecify..", "io.tilefold.examples.flights")
                .because("SQL and comparison share no code and no constant with Tilefold: compute it here instead")
                .check(new ClassFileImporter().importPackages("io.tilefold.examples.flights"));
    }
}
