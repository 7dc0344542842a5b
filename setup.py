"""What pyproject.toml cannot say: studies, published numbers and rules beside the library are installed inside it."""

from setuptools import find_packages, setup

BESIDE = ["studies", "published", "rules"]
setup(
    # The jobs too, so that a workflow which comes from a forge finds them.
    packages=[*find_packages(include=["segrepro*", "workflow_scripts"]), *(f"segrepro.{folder}" for folder in BESIDE)],
    package_dir={f"segrepro.{folder}": folder for folder in BESIDE},
    package_data={
        "segrepro": ["**/*.yaml", "**/*.html", "**/*.css", "**/*.js", "report/page/assets/*"],
        "segrepro.studies": ["*.yaml"],
        "segrepro.published": ["*.csv"],
        "segrepro.rules": ["*.smk"],
    },
)
