"""What pyproject.toml cannot say: the studies and published numbers beside the library are installed inside it."""

from setuptools import find_packages, setup

BESIDE = ["studies", "published"]
setup(
    packages=[*find_packages(include=["segrepro*"]), *(f"segrepro.{folder}" for folder in BESIDE)],
    package_dir={f"segrepro.{folder}": folder for folder in BESIDE},
    package_data={
        "segrepro": ["**/*.yaml", "**/*.html", "**/*.css", "**/*.js", "report/page/assets/*"],
        "segrepro.studies": ["*.yaml"],
        "segrepro.published": ["*.csv"],
    },
)
