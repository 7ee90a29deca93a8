//! The column sets in which HR systems hand out people (aggregation-refresh.md §8).

use jiff::civil::Date;

use crate::company::Person;
use crate::names::{DEPARTMENTS, SITES};

/// The shape of an extract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// The product's template, one line for each group of a person.
    Template,
    /// A Workday report.
    Workday,
    /// An SAP HCM extract.
    Sap,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 3] = [Self::Template, Self::Workday, Self::Sap];

    /// The name on the command line and in `truth.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Workday => "workday",
            Self::Sap => "sap",
        }
    }

    /// The columns of the header.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Template => &[
                "id",
                "name",
                "givenName",
                "familyName",
                "e-mail",
                "department",
                "title",
                "location",
                "manager",
                "phone",
                "startDate",
                "endDate",
                "status",
                "groups",
            ],
            Self::Workday => &[
                "Employee_ID",
                "User_Name",
                "Legal_First_Name",
                "Legal_Last_Name",
                "Preferred_Name",
                "Email_Work",
                "Business_Title",
                "Supervisory_Organization",
                "Cost_Center",
                "Country_ISO",
                "Location",
                "Manager_ID",
                "Hire_Date",
                "Termination_Date",
                "Worker_Status",
                "Worker_Type",
                "Work_Phone",
            ],
            Self::Sap => &[
                "PERNR",
                "USRID",
                "VORNA",
                "NACHN",
                "RUFNM",
                "EMAIL",
                "PLSTX",
                "ORGTX",
                "KOSTL",
                "LAND1",
                "ORT01",
                "MGR_PERNR",
                "BEGDA",
                "ENDDA",
                "STAT2",
                "PERSG",
                "TELNR",
            ],
        }
    }

    /// Whether a person has one line for each group, the group in the last column.
    pub fn has_groups(self) -> bool {
        self == Self::Template
    }

    /// The cells of a person, without the group.
    pub(crate) fn cells(self, person: Person) -> Vec<String> {
        let mail = format!("{}@example.com", person.user);
        let site = &SITES[person.site];
        let cost_center = format!("CC{}", 1000 + person.department * 10 + person.site);
        let is_active = person.terminated.is_none();
        let choose = |yes: bool, one: &str, two: &str| if yes { one } else { two }.to_owned();
        let department = DEPARTMENTS[person.department].to_owned();
        let (city, country) = (site.city.to_owned(), site.country.to_owned());
        let first = person.first.to_owned();
        let id = self.id(person.number);
        let manager = person.manager.map_or_else(String::new, |at| self.id(at));
        let hired = self.day(person.hired);
        let terminated = person.terminated.map(|day| self.day(day));
        match self {
            Self::Template => vec![
                id,
                person.user,
                first,
                person.last,
                mail,
                department,
                person.title,
                city,
                manager,
                person.phone,
                hired,
                terminated.unwrap_or_default(),
                choose(is_active, "active", "terminated"),
            ],
            Self::Workday => vec![
                id,
                person.user,
                first,
                person.last,
                person.preferred,
                mail,
                person.title,
                department,
                cost_center,
                country,
                city,
                manager,
                hired,
                terminated.unwrap_or_default(),
                choose(is_active, "Active", "Terminated"),
                choose(person.is_contingent, "Contingent Worker", "Employee"),
                person.phone,
            ],
            Self::Sap => vec![
                id,
                person.user.to_uppercase(),
                first,
                person.last,
                person.preferred,
                mail,
                person.title,
                department,
                cost_center,
                country,
                city,
                manager,
                hired,
                terminated.unwrap_or_else(|| "99991231".to_owned()),
                choose(is_active, "3", "0"),
                choose(person.is_contingent, "9", "1"),
                person.phone,
            ],
        }
    }

    /// How the layout writes the number of a person.
    pub(crate) fn id(self, number: u64) -> String {
        let number = number + 100_000;
        match self {
            Self::Template | Self::Workday => format!("E{number:07}"),
            Self::Sap => format!("{number:08}"),
        }
    }

    fn day(self, day: Date) -> String {
        let (year, month, day) = (day.year(), day.month(), day.day());
        match self {
            Self::Template => format!("{year:04}-{month:02}-{day:02}"),
            Self::Workday => format!("{month:02}/{day:02}/{year:04}"),
            Self::Sap => format!("{year:04}{month:02}{day:02}"),
        }
    }
}
